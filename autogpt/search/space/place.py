"""A statement in its block: the lines it owns, what is around it, and text shifted to another indentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from autogpt.search.space.scope import Scope
from autogpt.search.space.source import Source, blocks, is_docstring
from autogpt.search.space.spot import Fix

Loop = ast.For | ast.While | ast.AsyncFor
Compound = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
_REST = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r|\n|$)")


@dataclass(frozen=True)
class Place:
    """A statement and where it stands. `outer` is the place of the statement around it, None at the scope's level."""

    scope: Scope
    stmt: ast.stmt
    block: list[ast.stmt]
    index: int
    outer: Place | None

    @property
    def source(self) -> Source:
        return self.scope.source

    @cached_property
    def span(self) -> tuple[int, int]:
        return self.source.span(self.stmt)

    @cached_property
    def top(self) -> int:
        """Offset of the first character of the statement's first line."""
        return self.source.line_start(self.span[0])

    @cached_property
    def bottom(self) -> int:
        """Offset after the statement's last line, its line ending included."""
        return self.source.line_end(self.span[1])

    @cached_property
    def indent(self) -> str:
        return self.source.text[self.top : self.span[0]]

    @cached_property
    def owns_lines(self) -> bool:
        """Whether nothing but white space and comments shares the statement's first and last line."""
        text = self.source.text
        return not self.indent.strip() and bool(_REST.match(text, self.span[1])) and not _has_long_string(self)

    @cached_property
    def lines(self) -> str:
        """The statement's whole lines, with a line ending even at the end of the file."""
        text = self.source.text[self.top : self.bottom]
        return text if text.endswith(("\n", "\r")) else text + self.source.newline

    @property
    def is_alone(self) -> bool:
        return len(self.block) == 1

    @property
    def is_last(self) -> bool:
        return self.index == len(self.block) - 1

    @cached_property
    def next(self) -> Place | None:
        if self.is_last:
            return None
        return Place(self.scope, self.block[self.index + 1], self.block, self.index + 1, self.outer)

    @cached_property
    def loop(self) -> Place | None:
        """The innermost loop around the statement, inside this scope."""
        place = self.outer
        while place is not None and not isinstance(place.stmt, Loop):
            place = place.outer
        return place

    @property
    def is_breakable(self) -> bool:
        """Whether `break` and `continue` may stand here: in the body of a loop, not in its `else`."""
        inner: ast.stmt = self.stmt
        place = self.outer
        while place is not None:
            if isinstance(place.stmt, Loop) and any(one is inner for one in place.stmt.body):
                return True
            inner, place = place.stmt, place.outer
        return False

    def shifted(self, indent: str) -> str:
        """The statement's lines at another indentation."""
        return shifted(self.lines, self.indent, indent)

    def line(self, text: str, indent: str | None = None) -> str:
        """A new line in the place's own indentation."""
        return (self.indent if indent is None else indent) + text + self.source.newline

    def before(self, text: str, kind: str, cost: float) -> Fix:
        """Insert whole lines before the statement; a `pass` that only filled the block goes."""
        if isinstance(self.stmt, ast.Pass) and self.is_alone:
            return self.replaced(text, kind, cost)
        return Fix(self.top, self.top, text, kind, cost)

    def after(self, text: str, kind: str, cost: float) -> Fix:
        """Insert whole lines after the statement."""
        ended = self.source.text.endswith(("\n", "\r"), 0, self.bottom)
        return Fix(self.bottom, self.bottom, text if ended else self.source.newline + text, kind, cost)

    def replaced(self, text: str, kind: str, cost: float) -> Fix:
        """Write whole lines in the place of the statement's own."""
        return Fix(self.top, self.bottom, text, kind, cost)


def places_of(scope: Scope) -> Iterator[Place]:
    """The statements of a scope in the order of the text, nested functions and classes as one statement each."""
    yield from _places(scope, scope.node.body, None)


def _places(scope: Scope, block: list[ast.stmt], outer: Place | None) -> Iterator[Place]:
    for index, stmt in enumerate(block):
        place = Place(scope, stmt, block, index, outer)
        yield place
        if not isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for inner in blocks(stmt):
                yield from _places(scope, inner, place)


def shifted(lines: str, old: str, new: str) -> str:
    """Lines moved from one indentation to another; lines that do not begin with the old one stay."""
    return "".join(
        new + line[len(old) :] if line.startswith(old) and line.strip() else line for line in lines.splitlines(True)
    )


def _has_long_string(place: Place) -> bool:
    """A string over several lines would change with its indentation."""
    if place.stmt.lineno == place.stmt.end_lineno:
        return False
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno != node.end_lineno
        for node in ast.walk(place.stmt)
        if not (isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes))
    )


def unit_of(source: Source) -> str:
    """One step of indentation as the file uses it."""
    return _unit(source.text)


@lru_cache(maxsize=64)
def _unit(text: str) -> str:
    for line in text.splitlines():
        if line[:1] in " \t" and line.strip() and not line.lstrip().startswith(("#", '"', "'")):
            found = line[: len(line) - len(line.lstrip())]
            return "\t" if found[0] == "\t" else found if len(found) in (2, 3, 4, 8) else "    "
    return "    "


def effects(stmt: ast.stmt) -> tuple[frozenset[str], frozenset[str], bool]:
    """Names that a statement reads, names that it changes, and whether it may do anything else (call, leave)."""
    reads: set[str] = set()
    writes: set[str] = set()
    other = False
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else writes).add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            base: ast.expr = node
            while isinstance(base, ast.Attribute | ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                writes.add(base.id)
        elif isinstance(node, ast.Call | ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Yield | ast.Await):
            other = True
    if isinstance(stmt, ast.AugAssign):
        reads |= writes
    return frozenset(reads), frozenset(writes), other


def depend(one: ast.stmt, other: ast.stmt) -> bool:
    """Whether the order of two statements can matter."""
    reads, writes, acts = effects(one)
    reads2, writes2, acts2 = effects(other)
    return bool(writes & (reads2 | writes2) or writes2 & reads or (acts and acts2))


def is_simple(stmt: ast.stmt) -> bool:
    """One logical line that can be copied elsewhere."""
    return isinstance(
        stmt, ast.Assign | ast.AugAssign | ast.Expr | ast.Return | ast.Raise | ast.Delete | ast.AnnAssign
    ) and (not is_docstring(stmt))
