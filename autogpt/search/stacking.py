"""On top of an edit that does a part of the goal: a search of its own for the failing tests that are left.

Where there are two faults, the edit that mends one of them is a better start for finding the other than the base is:
only the tests that are left say where that one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from autogpt.search.edit import Edit, are_disjoint, paired
from autogpt.search.exam import Finding, Solution
from autogpt.search.pool import Pool

OPENED_AFTER = 300
"""Edits tried after the first that does a part, in which one that does all of it may come."""
TRIES = 1500
"""Edits on top of one foundation, after which another has its turn."""
STACKS = 4
SURVEYED = 8
"""Partial edits, the most plausible first, among which a foundation is chosen."""


class Ground(Protocol):
    """What a search on top of an edit needs of the whole."""

    def order(self, parts: Sequence[Solution]) -> list[Solution]:
        """Those that do most first, among equals the most plausible."""
        ...

    def pool(self, part: Solution, goals: Sequence[str]) -> Pool:
        """Edits for the goals that the part leaves."""
        ...


@dataclass(slots=True)
class Stack:
    """Edits on top of `under`. `goals` are all of the group, those that are left first."""

    under: Solution
    goals: tuple[str, ...]
    pool: Pool
    effect: int = 0
    """What the goals do with `under` alone."""
    tries: int = 0

    @property
    def is_tired(self) -> bool:
        return self.tries >= TRIES

    def take(self) -> tuple[float, Edit, Edit] | None:
        """The next edit: its key, both together, and the new half."""
        while (taken := self.pool.take()) is not None:
            key, half = taken
            if are_disjoint(self.under.edit, half):
                self.tries += 1
                return key, paired(self.under.edit, half), half
        self.tries = TRIES
        return None

    def learn(self, key: float, half: Edit, finding: Finding) -> bool:
        """Take in what became of an edit; whether it did more than what it stands on."""
        more = tuple(id for id in finding.fixed if id not in self.under.fixed)
        changed = finding.effect != self.effect
        self.pool.learn(key, replace(finding, edit=half, fixed=more, changed=changed, moved=0.0))
        return bool(more) and len(finding.fixed) > len(self.under.fixed)


def open_stack(
    ground: Ground,
    goals: Sequence[str],
    parts: Sequence[Solution],
    survey: Callable[[list[Solution]], list[Solution]],
    used: int,
) -> Stack | None:
    """A search on top of the best part that breaks nothing, `used` of them passed over; None where there is none.

    `survey` says of parts what all they do, and leaves out those that break something.
    """
    known = survey(ground.order(parts)[:SURVEYED])
    ordered = [part for part in ground.order(known) if part.fixed]
    if used >= min(STACKS, len(ordered)):
        return None
    under = ordered[used]
    left = [id for id in goals if id not in under.fixed]
    if not left:
        return None
    return Stack(under, (*left, *under.fixed), ground.pool(under, left))
