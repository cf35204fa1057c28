"""What differs between two texts, in lines: the one comparison that hunks, edits and evidence go by. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

Block = tuple[int, int, int, int]
"""What differs, as lines of the old text and lines of the new one, ends exclusive."""


def differing(old: Sequence[str], new: Sequence[str], most: int) -> list[Block]:
    """The differing parts, top to bottom. Equal beginnings and ends are not compared one by one; where more than
    `most` lines are left between them, these are one part."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(left) + len(right) > most:
        return [(head, head + len(left), head, head + len(right))]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [(head + a, head + b, head + c, head + d) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]
