"""Many token sequences in one forward pass: what they share is run once, and each attends to its own past alone.

Body tokens stand in a tree, a parent before its children; the *judges*, one a sequence, stand last, so that a model is
asked for the logits of a plain run of places (`logits_to_keep`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Trie:
    """`parents[i] < i` is the place before token `i`, -1 for the first ones; `ends` are where sequences end."""

    tokens: list[int] = field(default_factory=list[int])
    parents: list[int] = field(default_factory=list[int])
    ends: list[int] = field(default_factory=list[int])
    _children: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])

    def grow(self, sequence: Sequence[int], parent: int = -1) -> int:
        """Put tokens after a place, sharing what is there; the place of the last."""
        for token in sequence:
            place = self._children.get((parent, token))
            if place is None:
                place = self._children[parent, token] = len(self.tokens)
                self.tokens.append(token)
                self.parents.append(parent)
            parent = place
        return parent

    def end(self, sequence: Sequence[int], parent: int = -1) -> None:
        """Put in a sequence that is to be judged."""
        self.ends.append(self.grow(sequence, parent))


def ancestry(parents: Sequence[int], ends: Sequence[int]) -> Any:
    """Who attends to whom: a square matrix of booleans over body and judges. A judge attends to its sequence."""
    import numpy

    count = len(parents) + len(ends)
    seen = numpy.zeros((count, count), dtype=bool)
    for place, parent in enumerate([*parents, *ends]):
        if parent >= 0:
            seen[place] = seen[parent]
        seen[place, place] = True
    return seen


def joined(rows: Sequence[tuple[Sequence[int], Sequence[int], Sequence[int]]], judge: int, filler: int = 0) -> Any:
    """Arrays `tokens`, `positions` (rows by places) and `seen` (rows by places by places) of several tries, each given
    as tokens, parents and ends. Bodies are filled up to the longest, judges to the most; what is filled sees itself."""
    import numpy

    body, judges = max(len(tokens) for tokens, _, _ in rows), max(len(ends) for _, _, ends in rows)
    tokens = numpy.full((len(rows), body + judges), filler, dtype=numpy.int64)
    seen = numpy.zeros((len(rows), body + judges, body + judges), dtype=bool)
    seen[:] = numpy.eye(body + judges, dtype=bool)
    for index, (row, parents, ends) in enumerate(rows):
        tokens[index, : len(row)] = row
        tokens[index, body:] = judge
        places = numpy.r_[0 : len(row), body : body + len(ends)]
        seen[index][numpy.ix_(places, places)] = ancestry(parents, ends)
    positions = seen.sum(-1) - 1
    return tokens, positions, seen
