"""What the words of a function's name and docstring say of its body: `even` goes with `% 2`, `longest` with `key=len`.

Examples leave many bodies open; words tell them apart. `hints.txt` has what goes with what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MISSED = 1.2
"""Cost of a word whose code is not there."""
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

    def cost(self, body: str) -> float:
        """To be added to the cost of a body, in nats."""
        missed = sum(code.search(body) is None for code in self.asked)
        return MISSED * missed + UNASKED * sum(code.search(body) is not None for code in self.unasked)


def hints_of(name: str, docstring: str) -> Hints:
    """`name` is that of the function; `docstring` without its examples."""
    text = re.sub(r"[_\W]+", " ", f"{name} {docstring}".lower())
    spoken = [(row, row.words.search(text) is not None) for row in _table()]
    asked = (row.code for row, is_spoken in spoken if is_spoken and row.asks)
    unasked = (row.code for row, is_spoken in spoken if not is_spoken and row.unusual)
    return Hints(tuple(asked), tuple(unasked))
