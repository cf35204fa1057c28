"""What a project declares about its types: fields, methods and functions by annotation. Pure, from syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autogpt.search.space.scope import Function


@dataclass(frozen=True, slots=True)
class Kind:
    """A declared type: `Kind("dict", (Kind("str"), Kind("int")))`. The name is `` where nothing is declared."""

    name: str
    args: tuple[Kind, ...] = ()

    @property
    def element(self) -> Kind | None:
        """What iterating gives, if that is known."""
        if self.name in _ITERABLE:
            return self.args[0] if self.args else None
        return Kind("str") if self.name == "str" else None

    @property
    def is_number(self) -> bool:
        return self.name in ("int", "float", "Decimal", "Fraction")


UNKNOWN = Kind("")
_ALIASES = {
    **{name: name.lower() for name in ("List", "Dict", "Set", "Tuple", "FrozenSet")},
    **dict.fromkeys(("defaultdict", "OrderedDict", "Mapping", "MutableMapping"), "dict"),
    **dict.fromkeys(("Sequence", "MutableSequence", "Collection", "Iterable", "Iterator"), "list"),
    "Text": "str",
}
_ITERABLE = frozenset({"list", "set", "tuple", "frozenset", "dict", "Counter", "deque"})


def kind_in(annotation: ast.expr | None) -> Kind:
    """The type that an annotation names; `X | None` and `Optional[X]` are `Kind("Optional", (X,))`."""
    match annotation:
        case ast.Constant(value=str(text)):
            try:
                return kind_in(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return UNKNOWN
        case ast.Constant(value=None):
            return Kind("None")
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return Kind(_ALIASES.get(name, name)) if name != "Counter" else Kind("Counter")
        case ast.Subscript(value=base, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            args = tuple(kind_in(part) for part in parts if not _is_dots(part))
            name = kind_in(base).name
            return Kind("Optional", args) if name == "Optional" else Kind(name, args)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            kinds = [kind for kind in (kind_in(left), kind_in(right)) if kind.name != "None"]
            return Kind("Optional", (kinds[0],)) if len(kinds) == 1 else UNKNOWN
        case _:
            return UNKNOWN


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


@dataclass(frozen=True, slots=True)
class Callable:
    """A function or a bound method: kinds of its required parameters, and of what it returns."""

    parameters: tuple[Kind, ...]
    returns: Kind


@dataclass(slots=True)
class Declared:
    """A class by what its instances offer."""

    fields: dict[str, Kind] = field(default_factory=dict[str, Kind])
    methods: dict[str, Callable] = field(default_factory=dict[str, Callable])


@dataclass(slots=True)
class World:
    """All that is declared: classes of the given files, functions of the file itself and those it imports."""

    classes: dict[str, Declared] = field(default_factory=dict[str, Declared])
    functions: dict[str, Callable] = field(default_factory=dict[str, Callable])


def world_of(own: ast.Module, others: Sequence[ast.Module], without: Function) -> World:
    """`without` is the function that is looked for; it cannot be an ingredient of itself."""
    world = World()
    imported = {
        alias.name: alias.asname or alias.name
        for node in ast.walk(own)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for tree in (*others, own):
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                world.classes[node.name] = _declared(node, without)
            elif isinstance(node, Function) and node is not without:
                name = node.name if tree is own else imported.get(node.name, "")
                if name:
                    world.functions[name] = _callable(node, bound=False)
    return world


def _declared(cls: ast.ClassDef, without: Function) -> Declared:
    found = Declared()
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.fields[node.target.id] = kind_in(node.annotation)
        elif isinstance(node, Function) and node.name == "__init__":
            found.fields |= _set_in(node)
        elif isinstance(node, Function) and node is not without and not node.name.startswith("__"):
            marks = {ast.unparse(mark) for mark in node.decorator_list}
            if marks & {"property", "cached_property", "functools.cached_property"}:
                found.fields[node.name] = kind_in(node.returns)
            elif not marks & {"staticmethod", "classmethod"}:
                found.methods[node.name] = _callable(node, bound=True)
    return found


def _set_in(init: Function) -> dict[str, Kind]:
    """Attributes that a constructor sets, with the annotation or that of the parameter they are set to."""
    parameters = {one.arg: kind_in(one.annotation) for one in (*init.args.args, *init.args.kwonlyargs)}
    found: dict[str, Kind] = {}
    for node in ast.walk(init):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
                continue
            if isinstance(node, ast.AnnAssign):
                found[target.attr] = kind_in(node.annotation)
            elif isinstance(node, ast.Assign) and target.attr not in found:
                found[target.attr] = _kind_of(node.value, parameters)
    return found


def _kind_of(value: ast.expr, parameters: dict[str, Kind]) -> Kind:
    if isinstance(value, ast.Name):
        return parameters.get(value.id, UNKNOWN)
    if isinstance(value, ast.Constant):
        return Kind(type(value.value).__name__)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        inner = _kind_of(value.args[0], parameters) if value.args else UNKNOWN
        return Kind(value.func.id, inner.args) if value.func.id in ("list", "dict", "set", "tuple") else UNKNOWN
    names = {"List": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple"}
    return Kind(names.get(type(value).__name__, ""))


def _callable(node: Function, *, bound: bool) -> Callable:
    args = [*node.args.posonlyargs, *node.args.args][1 if bound else 0 :]
    required = args[: len(args) - len(node.args.defaults)] if node.args.defaults else args
    return Callable(tuple(kind_in(one.annotation) for one in required), kind_in(node.returns))


def own_kinds(node: Function) -> Iterable[tuple[str, Kind]]:
    """Parameters of a function with their kinds, `self` as `Kind("")`."""
    args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [(one.arg, kind_in(one.annotation)) for one in args]
