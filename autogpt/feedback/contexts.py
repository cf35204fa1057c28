"""Which tests run which code of the base, and so which of them a change can affect: a hint for the order of tests.

Lines are recorded while the base's tests run; a change reaches every test that runs any line of a function it touches.
What stands outside of functions is run when a module is imported, for no test in particular: see `affected` for that.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from autogpt.git.blocks import blocks, decoded, split_lines

Change = Mapping[str, "bytes | None"]


@dataclass(slots=True)
class Contexts:
    """Lines (from 1) by path, by test id."""

    lines: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict[str, dict[str, frozenset[int]]])

    def affected(self, change: Change, read_base: Callable[[str], bytes | None]) -> frozenset[str] | None:
        """Ids of the tests that a change can affect; None when the lines cannot tell."""
        found: set[str] = set()
        for path, data in change.items():
            touched = _touched(read_base(path), data) if path.endswith(".py") else None
            if touched is None:
                return None
            for first, last in touched:
                inside = frozenset(range(first, last + 1))
                found |= {id for id, files in self.lines.items() if inside & files.get(path, frozenset())}
        return frozenset(found)


def _touched(before: bytes | None, after: bytes | None) -> list[tuple[int, int]] | None:
    """First and last lines of the functions of the base that a change touches; None if it touches anything else."""
    old, new = decoded(before), decoded(after)
    if old is None or new is None:
        return None
    try:
        bodies = sorted(_bodies(ast.parse(old)), key=lambda body: body[1] - body[0])  # the innermost first
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: list[tuple[int, int]] = []
    for start, end, _, _ in blocks(split_lines(old), split_lines(new)):
        # `start` counts from 0; an insertion replaces no line, and belongs to what has the lines on both sides of it.
        first, last = (start + 1, end) if end > start else (start, start + 1)
        around = next((body for body in bodies if body[0] <= first and last <= body[1]), None)
        if around is None:
            return None
        found.append(around)
    return found


def _bodies(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.body[0].lineno, node.end_lineno or node.body[-1].lineno


def read_lines(message: Mapping[str, str]) -> dict[str, frozenset[int]]:
    """Lines as the report has them, such as `1-3,7`."""
    return {path: frozenset(_numbers(text)) for path, text in message.items()}


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
