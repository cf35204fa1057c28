"""A function as the makers of slips see it: what is bound and read in it, and the texts of its parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from autogpt.search.space.source import Source

Slip = tuple[int, int, str, float]
"""A span of characters, half open, what stands there after the slip, and how likely among its kind."""
Text = tuple[int, int, str]

Node = TypeVar("Node", bound=ast.AST)

_LOW = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.UnaryOp, ast.Await)
_BINDS = (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.Attribute, ast.Subscript, ast.Await)
_SHORT = 20
"""Characters of a literal that is taken for another one."""


@dataclass(frozen=True)
class Code:
    """The text of a function, or of a few."""

    source: Source

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All but what stands in f-strings, whose positions are not those of the text before Python 3.12."""
        found: list[ast.AST] = []
        waiting: list[ast.AST] = [self.source.tree]
        for node in waiting:
            found.append(node)
            if not isinstance(node, ast.JoinedStr):
                waiting += ast.iter_child_nodes(node)
        return found

    def all(self, *types: type[Node]) -> Iterator[Node]:
        return (node for node in self.nodes if isinstance(node, types))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def bound(self) -> list[str]:
        """Parameters and locals."""
        names = [node.arg for node in self.all(ast.arg)]
        names += [node.id for node in self.all(ast.Name) if isinstance(node.ctx, ast.Store)]
        return [name for name in dict.fromkeys(names) if name not in ("self", "cls", "_")]

    @cached_property
    def attributes(self) -> dict[str, list[str]]:
        """Attributes by what they are read from, called ones apart."""
        found: dict[str, dict[str, None]] = {}
        for node in self.all(ast.Attribute):
            found.setdefault(self.receiver(node), {})[node.attr] = None
        return {name: list(some) for name, some in found.items()}

    @cached_property
    def texts(self) -> list[str]:
        """Short string literals, with their quotes."""
        texts = [self.of(node) for node in self.all(ast.Constant) if isinstance(node.value, str) and node.value]
        return [text for text in dict.fromkeys(texts) if len(text) < _SHORT and text[0] in "'\""]

    @cached_property
    def called(self) -> list[str]:
        names = [node.func.id for node in self.all(ast.Call) if isinstance(node.func, ast.Name)]
        return list(dict.fromkeys(names))

    @cached_property
    def first_bound(self) -> dict[str, int]:
        """The line that gives a local its first value."""
        found: dict[str, int] = {}
        for node in self.all(ast.Name):
            if isinstance(node.ctx, ast.Store):
                found[node.id] = min(node.lineno, found.get(node.id, node.lineno))
        return found

    def receiver(self, node: ast.Attribute) -> str:
        return f"{ast.dump(node.value)}{self.is_called(node)}"

    def is_called(self, node: ast.expr) -> bool:
        parent = self.parents.get(node)
        return isinstance(parent, ast.Call) and parent.func is node

    def is_value(self, node: ast.expr) -> bool:
        """Whether it does not look like a class or a module of constants."""
        return not (isinstance(node, ast.Name) and node.id[:1].isupper())

    def is_branch(self, node: ast.stmt) -> bool:
        """Whether it is an `elif`."""
        return isinstance(node, ast.If) and self.source.text.startswith("elif", self.source.span(node)[0])

    def in_annotation(self, node: ast.AST) -> bool:
        """Whether it says of what type something is; decorators count too."""
        while node in self.parents and not isinstance(node, ast.stmt):
            parent = self.parents[node]
            if isinstance(parent, ast.arg | ast.AnnAssign) and parent.annotation is node:
                return True
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and (
                parent.returns is node or node in parent.decorator_list
            ):
                return True
            node = parent
        return False

    def of(self, node: ast.AST) -> str:
        return self.source.segment(node)

    def instead(self, node: ast.expr, part: ast.expr) -> Text:
        """A part of an expression in its place, in parentheses where it would fall apart."""
        start, end = self.source.span(node)
        tight = isinstance(part, _LOW) and (isinstance(self.parents.get(node), _BINDS) or self.is_called(node))
        text = self.of(part)
        return start, end, f"({text})" if tight or "\n" in text else text

    def without(self, some: Sequence[ast.AST], index: int) -> Text:
        """One of several things left out, with the comma or the operator before it, of the first one after it."""
        start, end = self.among(some[index])
        if index:
            return self.among(some[index - 1])[1], end, ""
        return start, self.among(some[1])[0], ""

    def among(self, node: ast.AST) -> tuple[int, int]:
        """The span of one of several neighbours, with the parentheses that are its own."""
        text = self.source.text
        start, end = self.source.span(node)
        while True:
            before, after = text[:start].rstrip(), text[end:].lstrip()
            if not (before.endswith("(") and after.startswith(")")):
                return start, end
            start, end = len(before) - 1, len(text) - len(after) + 1

    def whole(self, first: ast.stmt, last: ast.stmt | None = None) -> tuple[int, int]:
        """The lines of statements, from one to another."""
        start, end = self.source.span(first)[0], self.source.span(last or first)[1]
        return self.source.line_start(start), self.source.line_end(end)

    def alone(self, stmt: ast.stmt) -> bool:
        """Whether nothing else stands on its lines."""
        start, end = self.source.span(stmt)
        first, last = self.whole(stmt)
        text = self.source.text
        return not text[first:start].strip() and text[end:last].strip()[:1] in ("", "#")


def blocks(code: Code) -> Iterator[tuple[ast.AST, list[ast.stmt]]]:
    """Every list of statements but that of the file, with what it belongs to."""
    for node in code.nodes:
        for name in ("body", "orelse", "finalbody"):
            some = getattr(node, name, None)
            if isinstance(some, list) and some and isinstance(some[0], ast.stmt) and not isinstance(node, ast.Module):
                yield node, some


def is_docstring(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)
