"""One place of a program that an edit can change, and the proposals that operators make for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from autogpt.search.space.precedence import ATOM, TEST, TUPLE, level_of, room_for
from autogpt.search.space.scope import Scope
from autogpt.search.space.source import Source
from autogpt.search.space.types import type_of


class Fix(NamedTuple):
    """Replace `text[start:end]`; the cost is minus the logarithm of the prior."""

    start: int
    end: int
    text: str
    kind: str
    cost: float


@dataclass(frozen=True)
class Spot:
    """An expression in its place. Operators read it and yield fixes; they never look at the rest of the walk."""

    scope: Scope
    stmt: ast.stmt
    node: ast.expr
    parent: ast.AST
    field: str
    extra: tuple[str, ...] = ()
    """Names bound by comprehensions and lambdas around the expression."""
    quoted: bool = False
    """Inside an f-string, where Python before 3.12 allows no quotes and no backslashes."""

    @property
    def source(self) -> Source:
        return self.scope.source

    @cached_property
    def span(self) -> tuple[int, int]:
        start, end = self.source.span(self.node)
        if self._is_bare_generator:
            return start + 1, end - 1
        return start, end

    @cached_property
    def _is_bare_generator(self) -> bool:
        """`f(x for x in y)`: the tree gives the call's own parentheses to the generator."""
        if not isinstance(self.node, ast.GeneratorExp) or not isinstance(self.parent, ast.Call):
            return False
        return self.source.span(self.node)[0] == self.source.span(self.parent.func)[1]

    @cached_property
    def text(self) -> str:
        return self.source.text[self.span[0] : self.span[1]]

    @cached_property
    def room(self) -> int:
        """The loosest level of an expression that can be written here as it is."""
        room = room_for(self.parent, self.field)
        if room > TEST and self.source.is_bracketed(*self.span):
            return TEST
        return room

    @cached_property
    def type(self) -> str:
        return type_of(self.node, self.scope.types)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Local names that can be read here, those of comprehensions first."""
        local = (name for name in self.scope.names_at(self.stmt.lineno) if name not in self.extra)
        return (*self.extra, *local)

    @property
    def is_condition(self) -> bool:
        """Whether only the truth of the value matters here."""
        if self.field == "test":
            return True
        return self.field == "ifs" or (isinstance(self.parent, ast.UnaryOp) and isinstance(self.parent.op, ast.Not))

    def swap(self, text: str, level: int, kind: str, cost: float) -> Fix:
        """Write another expression here, in parentheses where its level asks for them."""
        if level < self.room:
            text = f"({text})"
        return Fix(self.span[0], self.span[1], text, kind, cost)

    def swap_node(self, node: ast.expr, kind: str, cost: float) -> Fix:
        """Write another expression of the tree here."""
        return self.swap(self.fit(node, self.room), ATOM, kind, cost)

    @cached_property
    def readable(self) -> frozenset[str]:
        """Every name that means something here."""
        return self.scope.readable_at(self.stmt.lineno) | frozenset(self.extra)

    def fit(self, node: ast.expr, room: int) -> str:
        """The text of an expression of the tree, fit for a place that takes `room`."""
        return fit(self.source, node, room)


def fit(source: Source, node: ast.expr, room: int) -> str:
    """The text of an expression of the tree on one line, in parentheses where its level is looser than `room`."""
    text = source.segment(node)
    if "\n" in text or "\r" in text:
        text = ast.unparse(node)
    if level_of(node) >= room or (isinstance(node, ast.Tuple) and text.startswith("(")):
        return text
    return f"({text})"


def spots_of(scope: Scope, stmt: ast.stmt) -> Iterator[Spot]:
    """The expressions of one statement, those of statements inside it left out, outer before inner."""
    for name, value in ast.iter_fields(stmt):
        if name in ("body", "orelse", "finalbody", "decorator_list", "returns", "annotation", "type_params"):
            continue
        for node in value if isinstance(value, list) else [value]:
            yield from _spots_below(scope, stmt, node, stmt, name, (), False)


def _spots_below(
    scope: Scope, stmt: ast.stmt, node: object, parent: ast.AST, field: str, extra: tuple[str, ...],
    quoted: bool,
) -> Iterator[Spot]:  # fmt: skip
    if not isinstance(node, ast.AST) or isinstance(node, ast.stmt | ast.pattern):
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        bound = tuple(
            name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)
        )
        extra = (*bound, *extra)
    elif isinstance(node, ast.Lambda):
        extra = (*(one.arg for one in node.args.args), *extra)
    if isinstance(parent, ast.JoinedStr) and isinstance(node, ast.Constant):
        return
    if isinstance(parent, ast.FormattedValue):
        quoted = True
        if not isinstance(node, ast.expr) or not _is_placed(scope.source, node):
            return
    if isinstance(node, ast.expr) and not isinstance(node, ast.JoinedStr | ast.FormattedValue):
        yield Spot(scope, stmt, node, parent, field, extra, quoted)
    for name, value in ast.iter_fields(node):
        if name in ("ctx", "op", "ops", "annotation", "format_spec", "body") and not isinstance(value, ast.expr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _spots_below(scope, stmt, child, node, name, extra, quoted)


def _is_placed(source: Source, node: ast.expr) -> bool:
    """Whether the position of an expression in an f-string can be trusted; Python before 3.12 gets some wrong."""
    try:
        text = source.segment(node)
        return ast.dump(ast.parse(text, mode="eval").body) == ast.dump(node)
    except (SyntaxError, ValueError, IndexError):
        return False


__all__ = ["ATOM", "TUPLE", "Fix", "Spot", "fit", "spots_of"]
