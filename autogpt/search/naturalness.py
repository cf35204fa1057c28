"""How usual a piece of code is in its file: a language model of three tokens, counted on the file itself.

After Hindle et al., "On the naturalness of software" (ICSE 2012): code repeats itself most within a file, and a bug is
less usual than its repair. Interpolated over three, two and one token, the piece itself left out of the counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log

_TOKEN = re.compile(
    r"""[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\*\*=?|//=?|<<|>>|[<>=!+\-*/%&|^@:]=|->|\n|[^\s\w]"""
)
_SHARES = (0.55, 0.3, 0.14)
_WINDOW = 3
"""Tokens around the change that count with it."""


@lru_cache(maxsize=64)
def tokens_of(text: str) -> tuple[str, ...]:
    """The text as tokens; line ends count, indentation and comments do not."""
    return tuple(_TOKEN.findall(re.sub(r"#[^\n]*", "", text)))


@lru_cache(maxsize=16)
def _counts(text: str) -> tuple[Counter[tuple[str, ...]], int]:
    tokens = tokens_of(text)
    counts: Counter[tuple[str, ...]] = Counter()
    for size in (1, 2, 3):
        counts.update(zip(*(tokens[start:] for start in range(size)), strict=False))
    return counts, len(tokens)


def gain(original: str, edited: str) -> float:
    """How much more usual the changed piece is than what was there: nats per token, times at most six tokens."""
    before, after = tokens_of(original), tokens_of(edited)
    head = 0
    size = min(len(before), len(after))
    while head < size and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < size - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    start = max(0, head - _WINDOW)
    old, new = before[start : len(before) - max(0, tail - _WINDOW)], after[start : len(after) - max(0, tail - _WINDOW)]
    counts, total = _counts(original)
    own: Counter[tuple[str, ...]] = Counter()
    for length in (1, 2, 3):
        own.update(zip(*(old[first:] for first in range(length)), strict=False))
    least = min(6, max(len(old), len(new)))
    found = (_mean(new, counts, own, total) - _mean(old, counts, own, total)) * least
    # What is rare is not wrong for that: taking it away earns nothing, or everything special would have to go.
    return min(0.0, found) / 2 if head + tail >= len(after) else found


def _mean(tokens: Sequence[str], counts: Counter[tuple[str, ...]], own: Counter[tuple[str, ...]], total: int) -> float:
    if len(tokens) < 3:
        return 0.0
    summed = 0.0
    for index in range(2, len(tokens)):
        chance = 1e-5
        for size, share in zip((3, 2, 1), _SHARES, strict=True):
            gram = tuple(tokens[index - size + 1 : index + 1])
            seen = max(0, counts[gram] - own[gram])
            context = total if size == 1 else max(0, counts[gram[:-1]] - own[gram[:-1]])
            chance += share * seen / (context + 0.5) if context else 0.0
        summed += log(chance)
    return summed / (len(tokens) - 2)
