"""An expression that lacks a conversion, or has one too many: `len`, `str`, `sorted`, `.strip()`, a conditional."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.precedence import ATOM, FACTOR, TEST
from autogpt.search.space.scope import Scope
from autogpt.search.space.spot import Fix, Spot, fit

_FUNCTIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "str": (("len", 3.4), ("int", 3.4), ("list", 4.2), ("float", 4.2), ("set", 4.6), ("sorted", 4.4), ("repr", 4.0),
            ("ord", 4.4), ("bool", 5.0), ("tuple", 5.0), ("reversed", 4.6)),
    "int": (("str", 3.2), ("abs", 3.0), ("float", 3.6), ("bool", 4.4), ("range", 4.2), ("chr", 5.0)),
    "float": (("int", 3.0), ("abs", 3.2), ("round", 3.2), ("str", 3.8)),
    "bool": (("int", 4.0), ("str", 4.6)),
    "list": (("len", 3.0), ("sorted", 3.2), ("list", 3.4), ("tuple", 3.6), ("set", 3.6), ("reversed", 3.4),
    ("sum", 3.6),
             ("max", 4.0), ("min", 4.0), ("enumerate", 3.8), ("any", 4.4), ("all", 4.4), ("str", 4.8)),
    "tuple": (("len", 3.2), ("list", 3.2), ("sorted", 3.4), ("set", 4.0), ("sum", 4.2)),
    "dict": (("len", 3.2), ("dict", 3.2), ("list", 3.6), ("sorted", 3.6)),
    "set": (("len", 3.0), ("sorted", 2.8), ("list", 3.0), ("set", 4.0), ("frozenset", 4.2)),
    "view": (("list", 2.8), ("sorted", 3.0), ("set", 3.6), ("sum", 4.0), ("max", 4.4), ("tuple", 3.8), ("len", 4.6)),
    "iterator": (("list", 2.6), ("tuple", 3.2), ("sorted", 3.4), ("set", 3.6), ("sum", 4.0), ("dict", 4.2),
    ("reversed", 4.2)),
    "range": (("list", 3.2), ("reversed", 2.8)),
    "bytes": (("len", 3.4), ("str", 4.0), ("list", 4.6)),
    "": (("len", 4.2), ("str", 4.2), ("int", 4.4), ("list", 4.4), ("sorted", 4.6), ("abs", 4.4), ("reversed", 4.8),
         ("set", 4.8), ("tuple", 4.8), ("float", 4.8), ("bool", 5.0), ("max", 5.4), ("min", 5.4), ("sum", 5.4),
         ("enumerate", 5.0), ("repr", 5.0), ("dict", 5.4), ("iter", 5.8), ("round", 5.2)),
}  # fmt: skip

_METHODS: dict[str, tuple[tuple[str, float], ...]] = {
    "str": ((".strip()", 3.0), (".lower()", 3.0), (".upper()", 3.6), (".split()", 4.0), (".rstrip()", 4.0),
            (".lstrip()", 4.2), (".title()", 4.8), (".capitalize()", 4.6), (".casefold()", 5.0), (".encode()", 5.0),
            (".splitlines()", 5.0)),
    "dict": ((".items()", 2.8), (".values()", 3.0), (".keys()", 3.6), (".copy()", 3.2)),
    "list": ((".copy()", 3.4),),
    "set": ((".copy()", 3.4),),
    "bytes": ((".decode()", 3.4),),
    "": ((".items()", 4.6), (".values()", 4.8), (".copy()", 4.6), (".strip()", 4.8), (".lower()", 4.8),
    (".keys()", 5.4)),
}  # fmt: skip

_REPEATS = frozenset({"len", "str", "int", "list", "set", "tuple", "sorted", "abs", "float", "bool", "repr", "dict"})


def wraps(spot: Spot) -> Iterator[Fix]:
    """Wrap a value in a builtin or a method of its type."""
    node = spot.node
    if isinstance(node, ast.Starred | ast.Constant | ast.Slice | ast.keyword | ast.Lambda | ast.Compare | ast.BoolOp):
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or spot.field == "func":
        return
    if spot.field == "slice" and isinstance(node, ast.Tuple):
        return
    kind = spot.type
    if isinstance(spot.parent, ast.Attribute):
        yield from _cleaned(spot, kind)
        return
    if kind in ("None", "module", "class", "callable") or _is_wrapped(spot):
        return
    if isinstance(node, ast.Name) and (node.id == spot.scope.owner or node.id in spot.scope.module.imports):
        return
    inner, held = spot.fit(node, TEST), spot.fit(node, ATOM)
    condition = 0.8 if spot.is_condition else 0.0
    for name, cost in _FUNCTIONS.get(kind, ()):
        yield spot.swap(f"{name}({inner})", ATOM, "wrap", cost + condition + _habit(spot, name))
    for method, cost in _METHODS.get(kind, ()):
        yield spot.swap(f"{held}{method}", ATOM, "wrap", cost + condition + _habit(spot, method))
    yield from _wraps_of_file(spot, inner)


def _is_wrapped(spot: Spot) -> bool:
    parent = spot.parent
    return isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in (
        "isinstance", "hasattr", "getattr", "super", "issubclass", "type",
    )  # fmt: skip


def _cleaned(spot: Spot, kind: str) -> Iterator[Fix]:
    """`text.strip().lower()` for `text.lower()`."""
    if kind == "str" and not isinstance(spot.node, ast.Call):
        for method, cost in _METHODS["str"][:3]:
            yield spot.swap(f"{spot.fit(spot.node, ATOM)}{method}", ATOM, "wrap", cost + 0.6 + _habit(spot, method))


def _habit(spot: Spot, wrapper: str) -> float:
    """Cheaper where the function already does it elsewhere, and in the place that commonly has it."""
    name = wrapper.strip(".()")
    bonus = 0.0
    if spot.scope.uses[name] or (wrapper.startswith(".") and spot.scope.module.attribute_counts[name]):
        bonus -= 0.5
    if wrapper.startswith(".") and name in spot.scope.methods:
        bonus -= 0.8
    if spot.field == "iter" and name in ("items", "values", "enumerate", "reversed", "sorted", "range", "list"):
        bonus -= 0.8
    if isinstance(spot.parent, ast.Return) and name in ("list", "tuple", "sorted", "dict", "set", "str", "abs"):
        bonus -= 0.5
    if isinstance(spot.parent, ast.Compare) and name in ("len", "abs"):
        bonus -= 0.6
    return bonus


def _wraps_of_file(spot: Spot, inner: str) -> Iterator[Fix]:
    """One-argument functions of the file and methods of the class as wrappers."""
    scope = spot.scope
    for name, functions in scope.module.functions.items():
        args = functions[0].args
        required = len(args.posonlyargs + args.args) - len(args.defaults)
        if name in scope.module.globals and required == 1 and not name.startswith("__"):
            yield spot.swap(f"{name}({inner})", ATOM, "wrap", 4.8 - (0.5 if scope.uses[name] else 0.0))
        elif scope.owner and scope.members.get(name) == "method" and required == 2 and not name.startswith("__"):
            yield spot.swap(f"{scope.owner}.{name}({inner})", ATOM, "wrap", 5.2)


def type_checks(spot: Spot) -> Iterator[Fix]:
    """`isinstance(value, str)` where only `value` is asked; another type in a check that is there."""
    node, scope = spot.node, spot.scope
    parent = spot.parent
    if isinstance(parent, ast.Call) and getattr(parent.func, "id", "") in ("isinstance", "issubclass"):
        if len(parent.args) == 2 and parent.args[1] is node:
            for text, cost in _types_to_check(scope):
                if text != spot.text:
                    yield spot.swap(text, ATOM, "type-check", cost + 1.6)
                    if isinstance(node, ast.Name):
                        yield spot.swap(f"({spot.text}, {text})", ATOM, "type-check", cost + 2.2)
        return
    if not isinstance(node, ast.Name | ast.Attribute) or not (spot.is_condition or isinstance(parent, ast.BoolOp)):
        return
    for text, cost in _types_to_check(scope):
        yield spot.swap(f"isinstance({spot.text}, {text})", ATOM, "type-check", cost + 1.4)


def _types_to_check(scope: Scope) -> Iterator[tuple[str, float]]:
    """Types that the file asks for, its classes, builtins."""
    found: dict[str, float] = {}
    if scope.cls is not None:
        found[scope.cls.name] = 1.2
    for name in ("isinstance", "issubclass"):
        for call in scope.module.calls.get(name, ()):
            if len(call.args) == 2:
                found.setdefault(fit(scope.source, call.args[1], TEST), 1.4)
    for name in scope.module.classes:
        found.setdefault(name, 2.4)
    for name in (
        "str",
        "list",
        "dict",
        "tuple",
        "int",
        "float",
        "bool",
        "bytes",
        "set",
        "(list, tuple)",
        "(int, float)",
    ):
        found.setdefault(name, 2.4)
    yield from found.items()


def unwraps(spot: Spot) -> Iterator[Fix]:
    """Take a call's argument or receiver, a conditional's branch, an element of a comprehension for the whole."""
    node = spot.node
    if isinstance(node, ast.Call):
        if len(node.args) >= 1 and not isinstance(node.args[0], ast.Starred):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            cost = 2.4 if name in _REPEATS | {"reversed", "sum", "max", "min", "any", "all", "enumerate"} else 3.6
            yield spot.swap_node(node.args[0], "unwrap", cost + 0.6 * (len(node.args) - 1))
            if len(node.args) == 2 and not isinstance(node.args[1], ast.Starred):
                yield spot.swap_node(node.args[1], "unwrap", cost + 1.0)
        if isinstance(node.func, ast.Attribute):
            plain = not node.args and not node.keywords
            yield spot.swap_node(node.func.value, "unwrap", 2.5 if plain else 3.4)
    elif isinstance(node, ast.IfExp):
        yield from _conditionals(spot, node)
    elif isinstance(node, ast.Await):
        yield spot.swap_node(node.value, "drop-await", 2.6)
    elif isinstance(node, ast.Starred) and not isinstance(node.ctx, ast.Store):
        yield Fix(*spot.span, spot.fit(node.value, 2), "drop-star", 2.6)
    elif isinstance(node, ast.Yield) and node.value is not None:
        yield spot.swap(f"yield from {spot.fit(node.value, 2)}", 0, "yield", 2.6)
    elif isinstance(node, ast.YieldFrom):
        yield spot.swap(f"yield {spot.fit(node.value, 2)}", 0, "yield", 2.6)


def _conditionals(spot: Spot, node: ast.IfExp) -> Iterator[Fix]:
    body, test, other = spot.fit(node.body, 3), spot.fit(node.test, 3), spot.fit(node.orelse, 2)
    yield spot.swap(f"{spot.fit(node.orelse, 3)} if {test} else {spot.fit(node.body, 2)}", TEST, "swap-branches", 1.6)
    yield spot.swap_node(node.body, "drop-branch", 2.4)
    yield spot.swap_node(node.orelse, "drop-branch", 2.6)
    yield spot.swap(f"{body} if not {spot.fit(node.test, 5)} else {other}", TEST, "add-negation", 2.2)


def awaits(spot: Spot) -> Iterator[Fix]:
    """A coroutine that was never awaited."""
    inside = isinstance(spot.scope.node, ast.AsyncFunctionDef) and not isinstance(spot.parent, ast.Await)
    if inside and isinstance(spot.node, ast.Call):
        yield spot.swap(f"await {spot.fit(spot.node, ATOM)}", 15, "missing-await", 2.6)


def fallbacks(spot: Spot) -> Iterator[Fix]:
    """`x or default`, `x if x is not None else default` with constants and parameters at hand."""
    node = spot.node
    kinds = ast.Name | ast.Attribute | ast.Call | ast.Subscript
    if not isinstance(node, kinds) or spot.field in ("func", "iter") or isinstance(spot.parent, ast.Attribute):
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or (
        isinstance(spot.parent, ast.Subscript) and spot.field == "value"
    ):
        return
    if spot.is_condition or isinstance(spot.parent, ast.Compare | ast.BoolOp | ast.BinOp | ast.UnaryOp):
        return
    kind = spot.type
    defaults = {
        "str": ('""',),
        "list": ("[]", "()"),
        "dict": ("{}",),
        "int": ("0", "1"),
        "set": ("set()",),
        "": ('""', "[]", "{}", "0", "None"),
    }
    text = spot.fit(node, 4)
    for default in defaults.get(kind, ()):
        yield spot.swap(f"{text} or {default}", 3, "fallback", 4.6 + (0.6 if not kind else 0.0))
    if isinstance(node, ast.Name):
        for other in spot.names:
            if other != node.id and not isinstance(spot.stmt, ast.Expr) and other != spot.scope.owner:
                yield spot.swap(f"{text} or {other}", 3, "fallback", 5.6)
        if kind in ("int", "float"):
            for name in spot.names:
                if name != node.id and spot.scope.types.get(name) in ("int", "float"):
                    yield spot.swap(f"min({text}, {name})", ATOM, "wrap", 4.8)
                    yield spot.swap(f"max({text}, {name})", ATOM, "wrap", 4.8)
            yield spot.swap(f"max({text}, 0)", ATOM, "wrap", 4.6)


__all__ = ["FACTOR", "awaits", "fallbacks", "unwraps", "wraps"]
