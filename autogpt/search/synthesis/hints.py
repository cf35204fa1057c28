"""What the words of a function's name and docstring say of its body: `even` goes with `% 2`, `longest` with `key=len`.

Examples leave many bodies open; words tell them apart. `hints.txt` has what goes with what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autogpt.search.synthesis.relations import relations_in

MISSED = 1.8
"""Cost of a word whose code is not there."""
AGAIN = 1.0
"""Cost of a number or piece of text that was said once and is used once more."""
UNASKED = 1.0
"""Cost of code that is rarely meant unless a word asks for it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Words, the code that goes with them, whether they ask for it, and whether it is unusual without them."""

    words: re.Pattern[str]
    code: re.Pattern[str]
    asks: bool
    unusual: bool


@cache
def _table() -> tuple[_Row, ...]:
    rows: list[_Row] = []
    for line in Path(__file__).with_name("hints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("##"):
            words, _, code = line.partition(" => ")
            mark = code[-2:] if code.endswith((" !", " ?")) else ""
            pattern = re.compile(code.removesuffix(mark).strip())
            rows.append(_Row(re.compile(rf"\b(?:{words.strip()})\b"), pattern, mark != " ?", bool(mark)))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Hints:
    """The rows of the table that a text speaks of, and those of unusual code that it does not speak of."""

    asked: tuple[re.Pattern[str], ...]
    unasked: tuple[re.Pattern[str], ...]
    stated: tuple[re.Pattern[str], ...] = ()
    """Numbers, quoted pieces of text and comparisons that the docstring names."""

    def cost(self, body: str) -> float:
        """To be added to the cost of a body, in nats."""
        missed = sum(code.search(body) is None for code in (*self.asked, *self.stated))
        again = sum(max(0, len(piece.findall(body)) - 1) for piece in self.stated)
        return MISSED * missed + AGAIN * again + UNASKED * sum(code.search(body) is not None for code in self.unasked)


def hints_of(name: str, docstring: str) -> Hints:
    """`name` is that of the function; `docstring` without its examples."""
    text = re.sub(r"[_\W]+", " ", f"{name} {_AMONG_EQUALS.sub('', docstring)}".lower())
    spoken = [(row, row.words.search(text) is not None) for row in _table()]
    asked = (row.code for row, is_spoken in spoken if is_spoken and row.asks)
    unasked = (row.code for row, is_spoken in spoken if not is_spoken and row.unusual)
    stated = (*_stated(docstring), *(relation.pattern for relation in relations_in(docstring)))
    return Hints(tuple(asked), tuple(unasked), stated)


_AMONG_EQUALS = re.compile(
    r"\bthe (?:first|last|earliest|leftmost)(?: one)? (?:of (?:several|equals?|ties|many|those|them)"
    r"|(?:if|when|where|in case|on|among|for|with)\b)[^.;,]*|\bties?\b[^.;]*|\bin case of[^.;,]*",
    re.IGNORECASE,
)
"""What is said of several that are equal is no word on what to look for."""


def _stated(docstring: str) -> Iterator[re.Pattern[str]]:
    """`more than 4` may be written as `>= 5`, so a number's neighbours count, too; 0 and 1 are said of anything."""
    for number in sorted({int(one) for one in re.findall(r"(?<![\w.])\d{1,6}(?![\w.]*\w)", docstring)} - {0, 1}):
        yield re.compile(rf"(?<![\w.])(?:{number - 1}|{number}|{number + 1})(?![\w.])")
    for piece in sorted(set(re.findall(r"`([^`\w\s]{1,3}|\w)`|'([^'\w\s]{1,3}|\w)'", docstring))):
        yield re.compile(rf"""["'][^"']*{re.escape("".join(piece))}""")
