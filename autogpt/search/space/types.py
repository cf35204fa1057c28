"""A light, flow-insensitive guess of the types of expressions: enough to prefer sensible edits, never a proof.

A type is the name of a builtin (`int`, `str`, `list` …), `callable`, `module`, a class of the file, or `` when unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

NUMBERS = frozenset({"int", "float", "bool", "complex"})
SEQUENCES = frozenset({"str", "bytes", "list", "tuple"})
SIZED = frozenset({"str", "bytes", "list", "tuple", "dict", "set", "frozenset"})

_LITERALS: dict[type[ast.expr], str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set",
    ast.SetComp: "set", ast.Tuple: "tuple", ast.JoinedStr: "str", ast.Compare: "bool", ast.Lambda: "callable",
    ast.GeneratorExp: "iterator",
}  # fmt: skip

_CALLS = {
    "len": "int", "int": "int", "sum": "int", "ord": "int", "hash": "int", "id": "int", "round": "int", "str": "str",
    "repr": "str", "chr": "str", "format": "str", "input": "str", "bin": "str", "hex": "str", "list": "list",
    "sorted": "list", "dict": "dict", "set": "set", "frozenset": "frozenset", "tuple": "tuple", "float": "float",
    "bool": "bool", "any": "bool", "all": "bool", "isinstance": "bool", "issubclass": "bool", "callable": "bool",
    "hasattr": "bool", "bytes": "bytes", "range": "range", "enumerate": "iterator", "zip": "iterator",
    "map": "iterator", "filter": "iterator", "reversed": "iterator", "iter": "iterator", "defaultdict": "dict",
    "OrderedDict": "dict", "Counter": "dict", "deque": "deque", "type": "class",
}  # fmt: skip

RESULTS_OF_METHODS = {
    "strip": "str", "lstrip": "str", "rstrip": "str", "lower": "str", "upper": "str", "title": "str", "join": "str",
    "capitalize": "str", "casefold": "str", "swapcase": "str", "replace": "str", "format": "str", "zfill": "str",
    "ljust": "str", "rjust": "str", "center": "str", "decode": "str", "group": "str", "removeprefix": "str",
    "removesuffix": "str", "encode": "bytes", "split": "list", "rsplit": "list", "splitlines": "list",
    "find": "int", "rfind": "int", "index": "int", "count": "int", "startswith": "bool", "endswith": "bool",
    "isdigit": "bool", "isalpha": "bool", "isalnum": "bool", "isspace": "bool", "isupper": "bool", "islower": "bool",
    "items": "view", "keys": "view", "values": "view", "partition": "tuple", "rpartition": "tuple", "groups": "tuple",
}  # fmt: skip

METHODS: dict[str, frozenset[str]] = {
    name: frozenset(method for method in dir(kind) if not method.startswith("_"))
    for name, kind in (
        ("str", str), ("bytes", bytes), ("list", list), ("dict", dict), ("set", set), ("tuple", tuple),
        ("frozenset", frozenset), ("int", int), ("float", float),
    )
}  # fmt: skip

_TELLING = {
    method: kind
    for kind in ("list", "dict", "set", "str")
    for method in METHODS[kind]
    if sum(method in METHODS[other] for other in ("list", "dict", "set", "str", "tuple", "bytes")) == 1
    or (kind == "str" and method not in METHODS["list"] | METHODS["dict"] | METHODS["set"])
}
"""Methods that name the builtin type they belong to: `append` a list, `items` a dict."""


def type_of(node: ast.expr | None, names: Mapping[str, str]) -> str:
    """The type of an expression, given those of names; `` when it cannot be told."""
    if node is None:
        return ""
    kind = _LITERALS.get(type(node))
    if kind:
        return kind
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        return names.get(f"{node.value.id}.{node.attr}", "") if isinstance(node.value, ast.Name) else ""
    if isinstance(node, ast.BinOp):
        return _type_of_operation(node, names)
    if isinstance(node, ast.BoolOp):
        kinds = {type_of(value, names) for value in node.values}
        return kinds.pop() if len(kinds) == 1 else ""
    if isinstance(node, ast.UnaryOp):
        return "bool" if isinstance(node.op, ast.Not) else type_of(node.operand, names)
    if isinstance(node, ast.IfExp):
        return type_of(node.body, names) or type_of(node.orelse, names)
    if isinstance(node, ast.Subscript):
        base = type_of(node.value, names)
        return base if isinstance(node.slice, ast.Slice) or base in ("str",) else ""
    if isinstance(node, ast.Call):
        return _type_of_call(node, names)
    return ""


def _type_of_operation(node: ast.BinOp, names: Mapping[str, str]) -> str:
    left, right = type_of(node.left, names), type_of(node.right, names)
    if isinstance(node.op, ast.Div):
        return "float" if left in NUMBERS or right in NUMBERS else ""
    if left == "str" and isinstance(node.op, ast.Mod):
        return "str"
    if isinstance(node.op, ast.Sub | ast.FloorDiv | ast.Pow | ast.LShift | ast.RShift) and not (left or right):
        return "int"
    if isinstance(node.op, ast.Mult) and "int" in (left, right):
        other = right if left == "int" else left
        return other if other in SEQUENCES else "int"
    return left or right


def _type_of_call(node: ast.Call, names: Mapping[str, str]) -> str:
    if isinstance(node.func, ast.Name):
        return _CALLS.get(node.func.id) or names.get(node.func.id + "()", "")
    if isinstance(node.func, ast.Attribute):
        if node.func.attr == "copy":
            return type_of(node.func.value, names)
        return RESULTS_OF_METHODS.get(node.func.attr, "")
    return ""


def type_in_annotation(node: ast.expr | None) -> str:
    """The builtin or class that an annotation names: `int`, `list` for `list[int]`, `str` for `str | None`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return type_in_annotation(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return ""
    if isinstance(node, ast.Subscript):
        base = type_in_annotation(node.value)
        return type_in_annotation(node.slice) if base == "Optional" else base
    if isinstance(node, ast.BinOp):
        return type_in_annotation(node.left)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return _ALIASES.get(name, name)


_ALIASES = {
    "List": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple", "Sequence": "list", "Mapping": "dict",
    "MutableMapping": "dict", "Callable": "callable", "Iterable": "", "Any": "", "Union": "", "Text": "str",
}  # fmt: skip


def types_of_names(function: ast.AST, outer: Mapping[str, str]) -> dict[str, str]:
    """Types of a function's names, from annotations, defaults, assigned values and use; the outer ones below them."""
    names = dict(outer)
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        names.update(_types_of_parameters(function.args))
    weak: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.AugAssign):
            _learn_assignment(node, names, weak)
        elif isinstance(node, ast.For | ast.comprehension):
            _learn_loop(node, weak)
        elif isinstance(node, ast.Attribute) and node.attr in _TELLING:
            weak.setdefault(_key(node.value), _TELLING[node.attr])
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            weak.setdefault(_key(node.value), "list")
        elif isinstance(node, ast.BinOp | ast.Compare):
            _learn_operands(node, weak)
    weak.pop("", None)
    for name, kind in _types_told_by_names(function):
        weak.setdefault(name, kind)
    return weak | {name: kind for name, kind in names.items() if kind}


_TOLD = {
    "str": "text string s word line name title sentence message prefix suffix separator sep key path char letter",
    "list": "items values numbers nums xs lst arr words lines rows elements parts names args tokens",
    "int": "n i j k m count index size length num width height limit step offset start stop end depth total maximum "
    "minimum max_length year month day",
    "dict": "d mapping kwargs options counts headers",
}
"""Types that parameters of these names mostly have, where nothing else tells."""
_TYPE_BY_NAME = {name: kind for kind, names in _TOLD.items() for name in names.split()}


def _types_told_by_names(function: ast.AST) -> list[tuple[str, str]]:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    args = function.args
    return [
        (one.arg, _TYPE_BY_NAME[one.arg])
        for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)
        if one.arg in _TYPE_BY_NAME and one.annotation is None
    ]


def _key(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _types_of_parameters(args: ast.arguments) -> dict[str, str]:
    found: dict[str, str] = {}
    plain = [*args.posonlyargs, *args.args]
    defaults = dict(zip(reversed([one.arg for one in plain]), reversed(args.defaults), strict=False))
    defaults |= {one.arg: value for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value}
    for one in [*plain, *args.kwonlyargs]:
        kind = type_in_annotation(one.annotation) or type_of(defaults.get(one.arg), {})
        found[one.arg] = "" if kind == "None" else kind
    if args.vararg:
        found[args.vararg.arg] = "tuple"
    if args.kwarg:
        found[args.kwarg.arg] = "dict"
    return found


def _learn_assignment(
    node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.AugAssign, names: dict[str, str], weak: dict[str, str]
) -> None:
    if isinstance(node, ast.AnnAssign):
        names[_key(node.target)] = type_in_annotation(node.annotation)
        return
    kind = type_of(node.value, {**weak, **names})
    if kind in ("", "None"):
        return
    if isinstance(node, ast.AugAssign):
        weak.setdefault(_key(node.target), kind)
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        names.setdefault(_key(target), kind)


def _learn_loop(node: ast.For | ast.comprehension, weak: dict[str, str]) -> None:
    call = node.iter
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return
    target = node.target
    if call.func.id == "enumerate" and isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[0]
    elif call.func.id != "range":
        return
    weak.setdefault(_key(target), "int")


def _learn_operands(node: ast.BinOp | ast.Compare, weak: dict[str, str]) -> None:
    pair = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.left, node.comparators[0])
    if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq):
        return
    for one, other in (pair, pair[::-1]):
        if isinstance(other, ast.Constant) and type(other.value) in (int, float, str):
            kind = type(other.value).__name__
            if not (kind == "str" and isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add)):
                weak.setdefault(_key(one), kind)


def are_alike(one: str, other: str) -> bool:
    """Whether a value of one type may well stand for one of the other; an unknown type never matches."""
    return bool(one) and (one == other or (one in NUMBERS and other in NUMBERS))


def clash(one: str, other: str) -> bool:
    """Whether both types are known and one can hardly stand for the other."""
    return bool(one and other) and one != other and not are_alike(one, other) and "None" not in (one, other)
