"""Where symbols are in a file: spans of lines by qualified name, one finder per language."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition: `start` to `stop` are zero-based lines (exclusive), decorators included; `head` is its `def`."""

    name: str
    start: int
    stop: int
    head: int
    kind: str
    whole_lines: bool = True
    """False when other code shares its first or last line, so that it can't be replaced by lines."""
    decorators: tuple[str, ...] = ()


Finder = Callable[[str], "tuple[Symbol, ...] | None"]
"""All symbols of a text in order, outer before inner; None when the text does not parse."""


def python_symbols(text: str) -> tuple[Symbol, ...] | None:
    """Functions, methods and classes at any depth, by names as in `Class.method` and `outer.inner`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    return tuple(_walk(tree, "", lines))


def _walk(node: ast.AST, prefix: str, lines: Sequence[str]) -> Iterator[Symbol]:
    for child in _statements(node):
        if isinstance(child, _Definition):
            name = f"{prefix}{child.name}"
            yield _symbol(child, name, lines)
            yield from _walk(child, f"{name}.", lines)
        else:
            yield from _walk(child, prefix, lines)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield from block


def _symbol(node: _Definition, name: str, lines: Sequence[str]) -> Symbol:
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    stop = node.end_lineno or node.lineno
    first = lines[start].encode()
    margin = min([node.col_offset, *(max(0, decorator.col_offset - 1) for decorator in node.decorator_list)])
    tail = lines[stop - 1].encode()[node.end_col_offset or 0 :].decode("utf-8", "replace").strip()
    whole = not first[:margin].strip(b"@ \t\f") and (not tail or tail.startswith("#"))
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
    return Symbol(name, start, stop, node.lineno - 1, kind, whole, decorators)


def string_lines(path: str, text: str) -> list[range]:
    """Zero-based lines that begin inside a string, by string: their indentation is text. Empty for other languages."""
    try:
        tree = ast.parse(text) if finder_for(path) is python_symbols else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    strings = (
        [] if tree is None else [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant)]
    )
    return [range(node.lineno, node.end_lineno or node.lineno) for node in strings if node.end_lineno != node.lineno]


FINDERS: Mapping[str, Finder] = {".py": python_symbols, ".pyi": python_symbols, ".pyw": python_symbols}
"""By suffix; a language becomes editable by symbol when its finder is added here."""


def finder_for(path: str) -> Finder | None:
    return FINDERS.get(PurePosixPath(path).suffix.lower())


def find_symbols(path: str, text: str) -> tuple[Symbol, ...] | None:
    """The symbols of a file, or None when its language has no finder or it does not parse."""
    finder = finder_for(path)
    return finder(text) if finder else None


def enclosing(symbols: Sequence[Symbol], first: int, last: int) -> str:
    """The name of the innermost symbol around zero-based lines `first` to `last` (inclusive), or ""."""
    around = [symbol for symbol in symbols if symbol.start <= first and last < symbol.stop]
    return min(around, key=lambda symbol: symbol.stop - symbol.start).name if around else ""
