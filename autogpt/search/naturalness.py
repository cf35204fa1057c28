"""How usual a piece of code is in its file: a language model of three tokens, counted on the file itself.

After Hindle et al., "On the naturalness of software" (ICSE 2012): code repeats itself most within a file, and a bug is
less usual than its repair. Interpolated over three, two and one token, the piece itself left out of the counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log

_TOKEN = re.compile(
    r"""[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\*\*=?|//=?|<<|>>|[<>=!+\-*/%&|^@:]=|->|\n|[^\s\w]"""
)
_COMMENT = re.compile(r"#[^\n]*")
_SHARES = ((3, 0.55), (2, 0.3), (1, 0.14))
_LEAST = 1e-5
_WINDOW = 3
"""Tokens around the change that count with it."""
MOST_STEP = 10.0
"""Nats."""


@lru_cache(maxsize=256)
def tokens_of(text: str) -> tuple[str, ...]:
    """The text as tokens; line ends count, indentation and comments do not."""
    return _tokens(text)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(_COMMENT.sub("", text)))


class Habits:
    """The counts of one file."""

    def __init__(self, text: str) -> None:
        tokens = tokens_of(text)
        self._counts = _grams(tokens)
        self._total = len(tokens)

    def logs(self, tokens: tuple[str, ...], own: Mapping[tuple[str, ...], int]) -> list[float]:
        """Nats of each token from the third on, after the two before it; what is of `own` does not count."""
        counts, mine = self._counts.get, own.get
        logs: list[float] = []
        for index in range(2, len(tokens)):
            chance = _LEAST
            for size, share in _SHARES:
                gram = tokens[index - size + 1 : index + 1]
                seen = counts(gram, 0) - mine(gram, 0)
                if seen > 0:
                    before = gram[:-1]
                    context = counts(before, 0) - mine(before, 0) if before else self._total
                    chance += share * seen / (context + 0.5) if context > 0 else 0.0
            logs.append(log(chance))
        return logs

    def step(self, before: str, after: str) -> float:
        """How much more usual one piece of the file would be than the one that is there: nats of all that differs and
        the two tokens behind it, at most `MOST_STEP` either way. Pieces begin with two tokens that they share."""
        old, new = tokens_of(before), _tokens(after)  # the same `before` for all edits of a line
        head, tail = _shared(old, new)
        takes_away = head + tail >= len(new)
        first, behind = max(0, head - 2), max(0, tail - 2)
        old, new = old[first : len(old) - behind], new[first : len(new) - behind]
        own = _grams(old)
        found = sum(self.logs(new, own)) - sum(self.logs(old, own))
        # What is rare is not wrong for that: taking it away earns less.
        return max(-MOST_STEP, min(MOST_STEP, found / 2 if takes_away and found > 0 else found))


@lru_cache(maxsize=16)
def habits_of(text: str) -> Habits:
    """Those of a file's text."""
    return Habits(text)


def gain(original: str, edited: str) -> float:
    """How much more usual the changed piece is than what was there: nats per token, times at most six tokens."""
    before, after = tokens_of(original), tokens_of(edited)
    head, tail = _shared(before, after)
    start, behind = max(0, head - _WINDOW), max(0, tail - _WINDOW)
    old, new = before[start : len(before) - behind], after[start : len(after) - behind]
    habits, own = habits_of(original), _grams(old)
    least = min(6, max(len(old), len(new)))
    found = (_mean(habits.logs(new, own)) - _mean(habits.logs(old, own))) * least
    # What is rare is not wrong for that: taking it away earns nothing, or everything special would have to go.
    return min(0.0, found) / 2 if head + tail >= len(after) else found


def _shared(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many tokens are the same at the beginning and, of the rest, at the end."""
    size = min(len(one), len(other))
    head = next((n for n in range(size) if one[n] != other[n]), size)
    tail = next((n for n in range(size - head) if one[-1 - n] != other[-1 - n]), size - head)
    return head, tail


def _grams(tokens: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """How often each run of one, two and three tokens occurs."""
    counts: Counter[tuple[str, ...]] = Counter()
    for size in (1, 2, 3):
        counts.update(zip(*(tokens[start:] for start in range(size)), strict=False))
    return dict(counts)


def _mean(logs: Sequence[float]) -> float:
    return sum(logs) / len(logs) if logs else 0.0
