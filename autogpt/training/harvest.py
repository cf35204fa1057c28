"""Takes functions, classes and tests out of files of code, and counts whatever is left out, and why."""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autogpt.training.sources import CodeSource

MAX_BYTES = 400_000
"""Longer files are tables, or written by a program."""
LEAST_LINES, MOST_LINES = 3, 120
MOST_WIDTH = 240
"""Characters of a line beyond which it holds data."""

UnitKind = Literal["function", "class", "test"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of code with its origin: the licence goes with it to the data card."""

    kind: UnitKind
    name: str
    path: str
    source: str
    licence: str
    text: str
    line: int = 0
    """Where it begins in its file, from 0."""

    @property
    def file(self) -> str:
        """The name of its file among those of the data."""
        return f"{self.source}/{self.path}"


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of code that pieces were taken from."""

    name: str
    text: str


@dataclass(slots=True)
class Counts:
    """What was met, by why it was kept or left out."""

    files: Counter[str] = field(default_factory=Counter[str])
    units: Counter[str] = field(default_factory=Counter[str])


def harvest(
    source: CodeSource, counts: Counts, most_files: int = 0, files: dict[str, str] | None = None
) -> Iterator[Unit]:
    """Every function, class and test of a source that is neither tiny nor huge; the files go into `files`."""
    for path in source.files(most_files):
        text = read_code(path, counts)
        if text is None:
            continue
        inside = path.relative_to(source.folder).as_posix()
        if files is not None:
            files[f"{source.name}/{inside}"] = text
        for kind, name, code, line in units_of(text):
            lines = code.count("\n")
            if not LEAST_LINES <= lines <= MOST_LINES:
                counts.units["too short" if lines < LEAST_LINES else "too long"] += 1
            elif max(map(len, code.splitlines())) > MOST_WIDTH:
                counts.units["data"] += 1
            else:
                counts.units[kind] += 1
                yield Unit(kind, name, inside, source.name, source.licence, code, line)


def read_code(path: Path, counts: Counts) -> str | None:
    """The text of a file that parses; None, and counted, for any other."""
    try:
        if path.stat().st_size > MAX_BYTES:
            counts.files["giant"] += 1
            return None
        data = path.read_bytes()
        if b"\0" in data:
            counts.files["binary"] += 1
            return None
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding).replace("\r\n", "\n")
        parsed(text)
    except OSError:
        counts.files["unreadable"] += 1
    except UnicodeDecodeError:
        counts.files["binary"] += 1
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        counts.files["syntax error"] += 1
    else:
        counts.files["read"] += 1
        return text
    return None


def parsed(text: str) -> ast.Module:
    """The tree, without warnings about the code of others. Raises as `ast.parse` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def units_of(text: str) -> Iterator[tuple[UnitKind, str, str, int]]:
    """Functions and classes of a module, and methods, each dedented, as kind, qualified name, text and first line."""
    lines = text.splitlines(keepends=True)
    for name, node in _definitions(parsed(text), ""):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        code = textwrap.dedent("".join(lines[first : node.end_lineno])).rstrip() + "\n"
        is_test = node.name.startswith("test_") or (isinstance(node, ast.ClassDef) and node.name.startswith("Test"))
        kind: UnitKind = "test" if is_test else "class" if isinstance(node, ast.ClassDef) else "function"
        yield kind, name, code, first


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _definitions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
