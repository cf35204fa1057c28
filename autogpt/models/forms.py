"""How code is written for the built-in model's weights: the same forms in training and in use, free of both.

A form is a sequence of texts and marks. Marks are tokens of their own and never arise from text, so that code which
quotes one cannot pass for structure.

| kind | prompt | answer |
|---|---|---|
| plain | | code |
| fill | `PREFIX` before `SUFFIX` after `MIDDLE` | what is between |
| repair | `EVIDENCE` failure `CODE` function `BUG` | the wrong lines `FIX` the right ones |
| implement | `TASK` description `CODE` header `BODY` | the body |
| judge | the repair's prompt, wrong lines `FIX` new ones as far as they differ `JUDGE` | `YES` or `NO` |
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from autogpt.search.ranker import MOST_EVIDENCE

VERSION = 2
"""Of the forms; weights trained on others cannot be used."""
MOST_LINES = 24
"""Lines of a function that are shown; of a longer one those around the change."""


class Mark(str, Enum):
    """The tokens that give structure; the first ends every text and fills batches up."""

    END = "<|end|>"
    PREFIX = "<|prefix|>"
    SUFFIX = "<|suffix|>"
    MIDDLE = "<|middle|>"
    TASK = "<|task|>"
    EVIDENCE = "<|evidence|>"
    CODE = "<|code|>"
    BUG = "<|bug|>"
    FIX = "<|fix|>"
    BODY = "<|body|>"
    JUDGE = "<|judge|>"
    YES = "<|yes|>"
    NO = "<|no|>"


Form = tuple["str | Mark", ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that differ between two texts: `old` at `first` (from 0) becomes `new`. Neither is ever empty."""

    first: int
    old: str
    new: str


def plain(text: str) -> Form:
    """Code as it is."""
    return (text, Mark.END)


def fill(prefix: str, suffix: str) -> Form:
    """Asks for what stands between two pieces of code."""
    return (Mark.PREFIX, prefix, Mark.SUFFIX, suffix, Mark.MIDDLE)


def repair(function: str, evidence: str) -> Form:
    """Asks which lines of a function are wrong, and for better ones."""
    return (Mark.EVIDENCE, evidence[:MOST_EVIDENCE], Mark.CODE, function, Mark.BUG)


def repair_answer(old: str, new: str) -> Form:
    return (old, Mark.FIX, new, Mark.END)


def differing(old: Sequence[int], new: Sequence[int], end: int) -> list[int]:
    """The tokens of `new` up to where the rest is as in `old`, and the first one of that rest (`end` for none): all
    that tells one change of the same lines from another."""
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return list(new[: len(new) - tail + 1]) if tail else [*new, end]


def implement(task: str, header: str) -> Form:
    """Asks for the body of a function: `header` is all before it, decorators and docstring included."""
    return (Mark.TASK, task, Mark.CODE, header, Mark.BODY)


def changed_lines(before: str, after: str) -> Change | None:
    """The smallest run of whole lines that differs; None when nothing does.

    Where lines were only added or only taken away, the line before comes with them (the one after at the beginning).
    """
    olds, news = before.splitlines(keepends=True), after.splitlines(keepends=True)
    size = min(len(olds), len(news))
    head = 0
    while head < size and olds[head] == news[head]:
        head += 1
    tail = 0
    while tail < size - head and olds[-1 - tail] == news[-1 - tail]:
        tail += 1
    if head == len(olds) == len(news):
        return None
    if head + tail in (len(olds), len(news)):
        head, tail = (head - 1, tail) if head else (head, max(0, tail - 1))
    old, new = "".join(olds[head : len(olds) - tail]), "".join(news[head : len(news) - tail])
    return Change(head, old, new) if old and new else None


@dataclass(frozen=True, slots=True)
class Window:
    """Lines `first` to `last` (from 0, half open) of a text that are shown; `indent` is taken off each of them."""

    first: int
    last: int
    indent: str

    def cut(self, text: str) -> str:
        """The shown part of a text with these lines."""
        return self.dedented("".join(text.splitlines(keepends=True)[self.first : self.last]))

    def dedented(self, lines: str) -> str:
        if not self.indent:
            return lines
        return "".join(line.removeprefix(self.indent) for line in lines.splitlines(keepends=True))


def window_of(text: str, tree: ast.Module, line: int) -> Window:
    """What is shown around a line (from 0): its outermost function, of a method without its class; never too much."""
    count = len(text.splitlines())
    first, last = 0, count
    for node in _functions(tree):
        start = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        if start <= line < (node.end_lineno or node.lineno):
            first, last = start, node.end_lineno or node.lineno
    if last - first > MOST_LINES:
        begin = min(max(first, line - MOST_LINES // 2), last - MOST_LINES)
        first, last = begin, begin + MOST_LINES
    shown = text.splitlines(keepends=True)[first:last]
    return Window(first, last, _shared_indent(shown))


def _shared_indent(lines: Iterable[str]) -> str:
    text = "".join(lines)
    cut = textwrap.dedent(text)
    for before, after in zip(text.splitlines(), cut.splitlines(), strict=False):
        if before.strip():
            return before[: len(before) - len(after)]
    return ""


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions that stand in no other function."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield child
            elif isinstance(child, ast.stmt | ast.ExceptHandler):
                waiting.append(child)
