"""A function as text and syntax tree together, so that an edit is a span of the text and leaves the rest as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Block = list[ast.stmt]


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of a file become `new`."""

    start: int
    end: int
    new: str


class Module:
    """A parsed file. Offsets are in characters from its start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.meaning = ast.dump(self.tree)
        self.lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Line from 1 and UTF-8 column, as `ast` counts them."""
        if line > len(self.lines):
            return len(self.text)
        before = self.lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode(errors="replace"))

    def line_start(self, line: int) -> int:
        return self._starts[line - 1]

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def source(self, node: ast.expr | ast.stmt) -> str:
        return self.text[self.start(node) : self.end(node)]

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Functions and methods by qualified name; those inside functions belong to the outer one."""
        yield from _functions(self.tree.body, "")


def _functions(body: Block, prefix: str) -> Iterator[tuple[str, Function]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions(node.body, prefix)
            yield from _functions(node.orelse, prefix)


class Scope:
    """One function, with the names that can be mistaken for one another."""

    def __init__(self, module: Module, name: str, node: Function) -> None:
        self.module, self.name, self.node = module, name, node
        self.docstring = ast.get_docstring(node, clean=False)
        body = node.body[1:] if self.docstring is not None else node.body
        self.body: Block = body
        self.nodes = [inner for statement in body for inner in _walk(statement)]
        self.variables = _variables(node, self.nodes)

    def first_line(self) -> int:
        """Of the first decorator or the `def`."""
        return min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)])

    def last_line(self) -> int:
        return self.node.end_lineno or self.node.lineno

    def blocks(self) -> Iterator[Block]:
        """Every list of statements in the function."""
        yield self.body
        for node in self.nodes:
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list) and block:
                    yield block

    def source(self, node: ast.expr | ast.stmt) -> str:
        return self.module.source(node)

    def replace(self, node: ast.expr | ast.stmt, new: str) -> Edit:
        return Edit(self.module.start(node), self.module.end(node), new)

    def gap(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Edit | None:
        """Replace the operator between two operands; None when it is not there exactly once."""
        start, end = self.module.end(left), self.module.start(right)
        between = self.module.text[start:end]
        if between.count(old) != 1 or "#" in between:
            return None
        return Edit(start, end, between.replace(old, new))

    def swap(self, left: ast.expr, right: ast.expr) -> Edit | None:
        """Exchange two expressions that stand one after the other."""
        if self.source(left) == self.source(right):
            return None
        between = self.module.text[self.module.end(left) : self.module.start(right)]
        new = self.source(right) + between + self.source(left)
        return Edit(self.module.start(left), self.module.end(right), new)

    def lines_of(self, statement: ast.stmt) -> tuple[int, int] | None:
        """Offsets of the whole lines of a statement; None when it shares a line with something else."""
        module = self.module
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
        start, end = module.line_start(first), module.end(statement)
        stop = module.text.find("\n", end)
        stop = len(module.text) if stop < 0 else stop + 1
        tail = module.text[end:stop].strip()
        if module.text[start : module.start(statement)].strip() and first == statement.lineno:
            return None
        return (start, stop) if not tail or tail.startswith("#") else None

    def indent(self, statement: ast.stmt) -> str:
        line = self.module.lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Like `ast.walk` in source order, without annotations, decorators and what an exception says."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        if isinstance(node, ast.Raise):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _variables(node: Function, nodes: list[ast.AST]) -> list[str]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    names = [argument.arg for argument in named if argument.arg not in ("self", "cls")]
    names += [inner.id for inner in nodes if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)]
    return list(dict.fromkeys(name for name in names if name != "_"))
