"""A file as text and syntax tree, with the way between both: positions, segments, enclosing brackets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_LINE_END = re.compile(r"\r\n|\r|\n")

Scoped = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """The decoded text of one Python file. `tree` raises SyntaxError when it does not parse."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """Character offset of each line."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    @cached_property
    def newline(self) -> str:
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    def offset(self, line: int, column: int) -> int:
        """Character offset of a position as `ast` gives it: line from 1, column in UTF-8 bytes."""
        start = self.starts[line - 1]
        if self._ascii:
            return start + column
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        return start + len(self.text[start:end].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Half open character span of an expression or statement, decorators included."""
        first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=0)
        if first:
            start = self.line_start(self.offset(first, 0))
            start += len(self.indent_at(start))
        else:
            start = self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        return start, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def line_start(self, offset: int) -> int:
        """Offset of the beginning of the line that holds `offset`."""
        low = max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset))
        return low + 1

    def line_end(self, offset: int) -> int:
        """Offset just after the end of the line that holds `offset`, its line ending included."""
        match = _LINE_END.search(self.text, offset)
        return match.end() if match else len(self.text)

    def indent_at(self, offset: int) -> str:
        """White space at the beginning of the line that holds `offset`."""
        start = self.line_start(offset)
        end = start
        while end < len(self.text) and self.text[end] in " \t\f":
            end += 1
        return self.text[start:end]

    def is_bracketed(self, start: int, end: int) -> bool:
        """Whether parentheses stand right around the span; such a pair always belongs together."""
        before, after = start - 1, end
        while before >= 0 and self.text[before] in " \t\r\n":
            before -= 1
        while after < len(self.text) and self.text[after] in " \t\r\n":
            after += 1
        return before >= 0 and after < len(self.text) and self.text[before] == "(" and self.text[after] == ")"


def children(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly inside a statement, in the order of the text."""
    for block in blocks(node):
        yield from block


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a node: body, handlers, cases, else, finally."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if not isinstance(block, list) or not block:
            continue
        if name in ("handlers", "cases"):
            for part in block:
                yield part.body
        elif isinstance(block[0], ast.stmt):
            yield block


def has_docstring(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    return isinstance(body, list) and bool(body) and is_docstring(body[0])


def is_docstring(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant) and isinstance(stmt.value.value, str)
