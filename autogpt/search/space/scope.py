"""What a function can name: parameters, locals, the module's names, attributes of its class; and how often it does."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from autogpt.search.space.bindings import Function, bound_in, free_names, members_of
from autogpt.search.space.source import Scoped, Source, blocks, is_docstring
from autogpt.search.space.types import type_in_annotation, type_of, types_of_names

__all__ = ["BUILTINS", "Function", "Ingredient", "Module", "Scope", "free_names", "members_of", "scopes_of"]

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
Copyable = tuple[ast.stmt, str, frozenset[str], frozenset[str], str, frozenset[str], str]
"""A statement, its text, the names it reads and writes, its scope, its neighbours' dumps and its own."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An expression of the file that could be written elsewhere in it."""

    node: ast.expr
    text: str
    level: int
    type: str
    free: frozenset[str]
    """Names that must mean something where it is written."""
    own: bool
    """From the same function."""


@dataclass(frozen=True)
class Module:
    """What the whole file offers as ingredients, gathered once."""

    source: Source
    siblings: tuple[Source, ...] = ()
    """Other files of the package."""
    pools: dict[str, list[Ingredient]] = field(default_factory=dict, compare=False, repr=False)
    """Expressions of the file by scope, kept once gathered."""
    pieces: dict[ast.expr, tuple[str, frozenset[str]]] = field(default_factory=dict, compare=False, repr=False)
    """Texts of expressions and the names they need, kept once read."""
    tests: dict[str, list[Ingredient]] = field(default_factory=dict, compare=False, repr=False)
    """Conditions of the file by scope, kept once gathered."""
    results: dict[str, dict[str, float]] = field(default_factory=dict, compare=False, repr=False)
    """Ways out of a function with their costs, by scope, kept once gathered."""

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.source.tree))

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """Functions and methods by bare name."""
        found: dict[str, list[Function]] = {}
        for node in self.nodes:
            if isinstance(node, Function):
                found.setdefault(node.name, []).append(node)
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def imports(self) -> frozenset[str]:
        """Names bound by import statements anywhere in the file."""
        return frozenset(
            (alias.asname or alias.name.partition(".")[0])
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            if alias.name != "*"
        )

    @cached_property
    def constants(self) -> frozenset[str]:
        """Names assigned at the module's level."""
        return frozenset(bound_in(self.source.tree.body, deep=True))

    @cached_property
    def globals(self) -> frozenset[str]:
        own = {node.name for node in self.source.tree.body if isinstance(node, Scoped)}
        return frozenset(own | self.constants | {name for name in self.imports if name != "annotations"})

    @cached_property
    def types(self) -> dict[str, str]:
        """Types of the module's names; `f()` is the type that calling `f` gives."""
        found: dict[str, str] = {}
        for node in self.source.tree.body:
            if isinstance(node, Function):
                found[node.name] = "callable"
                found[node.name + "()"] = type_in_annotation(node.returns)
            elif isinstance(node, ast.ClassDef):
                found[node.name], found[node.name + "()"] = "class", node.name
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        found[target.id] = type_of(node.value, found)
            elif isinstance(node, ast.Import):
                found.update(
                    dict.fromkeys((alias.asname or alias.name.partition(".")[0] for alias in node.names), "module")
                )
        return found

    @cached_property
    def attributes(self) -> dict[str, Counter[str]]:
        """Attributes by the text of what they are read from or written to, with their counts."""
        found: dict[str, Counter[str]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, Counter())[node.attr] += 1
        return found

    @cached_property
    def attributes_read(self) -> frozenset[str]:
        """Attributes of anything that the file reads."""
        return frozenset(
            node.attr for node in self.nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def attribute_counts(self) -> Counter[str]:
        return Counter(node.attr for node in self.nodes if isinstance(node, ast.Attribute))

    @cached_property
    def attributes_elsewhere(self) -> frozenset[str]:
        """Methods, properties and attributes that classes of the other files have."""
        found: set[str] = set()
        for source in self.siblings[:40]:
            for node in source.tree.body:
                if isinstance(node, ast.ClassDef):
                    found |= members_of(node).keys()
        return frozenset(name for name in found if not name.startswith("__"))

    def members_anywhere(self, cls: str) -> dict[str, str]:
        """Members of the class of this name, in this file or in another of the package."""
        for tree in (self.source.tree, *(source.tree for source in self.siblings[:40])):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and node.name == cls:
                    return {name: role for name, role in members_of(node).items() if not name.startswith("__")}
        return {}

    @cached_property
    def parameters_elsewhere(self) -> frozenset[str]:
        """Names of parameters in this file and in the others of the package."""
        trees = (self.source.tree, *(source.tree for source in self.siblings[:40]))
        return frozenset(node.arg for tree in trees for node in ast.walk(tree) if isinstance(node, ast.arg))

    @cached_property
    def keywords(self) -> Counter[str]:
        return Counter(node.arg for node in self.nodes if isinstance(node, ast.keyword) and node.arg)

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """Calls by the bare name of what is called."""
        found: dict[str, list[ast.Call]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def methods_of_one(self) -> tuple[str, ...]:
        """Methods that the file calls with one argument, and some of strings."""
        return tuple(
            name
            for name, calls in self.calls.items()
            if name in ("replace", "join", "format")
            or any(len(one.args) == 1 and not one.keywords and isinstance(one.func, ast.Attribute) for one in calls)
        )

    @cached_property
    def simple_statements(self) -> list[Copyable]:
        """Statements of one line that could be copied elsewhere, each text once per function."""
        found: dict[tuple[str, str], Copyable] = {}
        for scope in scopes_of(self):
            if isinstance(scope.node, Function):
                for block in all_blocks(scope.node):
                    _learn_statements(scope, block, found)
        return list(found.values())

    @cached_property
    def strings(self) -> Counter[str]:
        """Texts of short string constants, docstrings left out, as written."""
        found: Counter[str] = Counter()
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 40:
                text = repr(node.value)
                found[text] += 1
        return found

    @cached_property
    def numbers(self) -> Counter[str]:
        return Counter(
            repr(node.value) for node in self.nodes
            if isinstance(node, ast.Constant) and type(node.value) in (int, float)
        )  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """A function, or the level of a class or of the module."""

    module: Module
    node: Function | ast.ClassDef | ast.Module
    name: str
    """Qualified name, `` for the module."""
    cls: ast.ClassDef | None = None
    outer: Scope | None = field(default=None, repr=False)

    @property
    def source(self) -> Source:
        return self.module.source

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        if not isinstance(self.node, Function):
            return ()
        args = self.node.args
        plain = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        return tuple(one.arg for one in (*plain, *filter(None, (args.vararg, args.kwarg))))

    @cached_property
    def owner(self) -> str:
        """`self` or `cls` as this method or the one around it calls it, `` elsewhere."""
        if not isinstance(self.node, Function) or self.outer is None:
            return ""
        if not isinstance(self.outer.node, ast.ClassDef):
            return self.outer.owner
        static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in self.node.decorator_list)
        return self.parameters[0] if self.parameters and not static else ""

    @cached_property
    def bound_at(self) -> dict[str, int]:
        """First line that binds each local name; parameters are bound at line 0."""
        if not isinstance(self.node, Function):
            return dict(bound_in(self.node.body, deep=False)) if isinstance(self.node, ast.Module) else {}
        found = dict.fromkeys(self.parameters, 0)
        for name, line in bound_in(self.node.body, deep=True).items():
            found.setdefault(name, line)
        return found

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each name is read in this scope, nested ones included."""
        return Counter(
            node.id for node in ast.walk(self.node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def methods(self) -> frozenset[str]:
        """Methods that this scope calls."""
        calls = (node.func for node in ast.walk(self.node) if isinstance(node, ast.Call))
        return frozenset(func.attr for func in calls if isinstance(func, ast.Attribute))

    @cached_property
    def types(self) -> dict[str, str]:
        outer = self.outer.types if self.outer else self.module.types
        if isinstance(self.node, ast.Module):
            return dict(self.module.types)
        return types_of_names(self.node, {**outer, **self._types_of_attributes})

    @cached_property
    def _types_of_attributes(self) -> dict[str, str]:
        if not self.owner or self.cls is None:
            return {}
        found: dict[str, str] = {}
        for node in ast.walk(self.cls):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                    kind = type_of(node.value, {})
                    if isinstance(node, ast.AnnAssign):
                        kind = type_in_annotation(node.annotation) or kind
                    if name and kind not in ("", "None"):
                        found.setdefault(f"{self.owner}.{name}", kind)
        return found

    @cached_property
    def members(self) -> dict[str, str]:
        """Attributes and methods of the enclosing class by name: `method`, `property` or `attribute`."""
        if self.cls is None:
            return {}
        return members_of(self.cls)

    def names_at(self, line: int) -> Iterator[str]:
        """Local names bound before `line` ends, those of enclosing functions included; own parameters first."""
        seen: set[str] = set()
        scope: Scope | None = self
        while scope is not None:
            if isinstance(scope.node, Function):
                for name, bound in scope.bound_at.items():
                    if name not in seen and (bound <= line or scope is not self):
                        seen.add(name)
                        yield name
            scope = scope.outer

    @cached_property
    def _lines(self) -> dict[int, frozenset[str]]:
        return {}

    def readable_at(self, line: int) -> frozenset[str]:
        """Every name that means something at a line: locals bound by then, and all from outside the function."""
        found = self._lines.get(line)
        if found is None:
            found = frozenset(self.names_at(line)) | self.outside
            self._lines[line] = found
        return found

    @cached_property
    def outside(self) -> frozenset[str]:
        """Names of enclosing functions, of the module, and builtins."""
        found = self.module.globals | BUILTINS
        scope = self.outer
        while scope is not None:
            if isinstance(scope.node, Function):
                found |= frozenset(scope.bound_at)
            scope = scope.outer
        return found

    @cached_property
    def all_known(self) -> frozenset[str]:
        return self.outside | frozenset(self.bound_at)

    def is_known(self, name: str) -> bool:
        """Whether a name can be read here: local, of an enclosing function, of the module, or a builtin."""
        return name in self.all_known or name.startswith("__")


def scopes_of(module: Module) -> Iterator[Scope]:
    """The module, and every class and function inside, outermost first."""
    top = Scope(module, module.source.tree, "")
    yield top
    yield from _nested(top, module.source.tree.body)


def _nested(outer: Scope, body: Iterable[ast.stmt]) -> Iterator[Scope]:
    for stmt in body:
        if isinstance(stmt, Scoped):
            name = f"{outer.name}.{stmt.name}" if outer.name and isinstance(outer.node, ast.ClassDef) else (
                f"{outer.name}.<locals>.{stmt.name}" if outer.name else stmt.name
            )  # fmt: skip
            cls = outer.node if isinstance(outer.node, ast.ClassDef) else None
            cls = cls or (outer.cls if isinstance(stmt, Function) and isinstance(outer.node, Function) else None)
            inner = Scope(outer.module, stmt, name, cls, outer)
            yield inner
            yield from _nested(inner, stmt.body)
        else:
            for block in blocks(stmt):
                yield from _nested(outer, block)


def all_blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every block of a function, nested functions and classes left out."""
    for block in blocks(function):
        yield block
        for stmt in block:
            if not isinstance(stmt, Scoped):
                yield from all_blocks(stmt)


def _learn_statements(scope: Scope, block: list[ast.stmt], found: dict[tuple[str, str], Copyable]) -> None:
    for index, stmt in enumerate(block):
        if not isinstance(stmt, ast.Assign | ast.AugAssign | ast.Expr | ast.Return | ast.Raise):
            continue
        if stmt.lineno != stmt.end_lineno or is_docstring(stmt):
            continue
        text = scope.source.segment(stmt)
        names = [node for node in ast.walk(stmt) if isinstance(node, ast.Name)]
        written = frozenset(name.id for name in names if not isinstance(name.ctx, ast.Load))
        reads = frozenset(name.id for name in names if isinstance(name.ctx, ast.Load))
        reads |= written if isinstance(stmt, ast.AugAssign) else frozenset()
        near = frozenset(ast.dump(block[one]) for one in (index - 1, index + 1) if 0 <= one < len(block))
        found.setdefault((scope.name, text), (stmt, text, reads, written, scope.name, near, ast.dump(stmt)))
