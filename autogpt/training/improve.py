"""Expert iteration: edits are tried on bugs with checks, the best first by what the model knows; whichever passes is
what it learns next (as in Anthony, Tian and Barber, "Thinking fast and slow with deep learning and tree search", 2017).

What is right is decided by execution alone, so an edit that mends a bug otherwise than it was made counts as well.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from autogpt.models.ranker import WeightsRanker, most_prompt
from autogpt.search.edit import Edit
from autogpt.search.ranker import evidence_text
from autogpt.training.bugs import BugFix, mutants
from autogpt.training.checking import Job, check
from autogpt.training.choices import Choice, Offer, chosen, edited, offered
from autogpt.training.curriculum import Task, failing_check


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A task whose function has a bug that a check notices."""

    task: Task
    bug: BugFix


@dataclass(frozen=True, slots=True)
class Try:
    """What came of a puzzle: edits tried, and the choice to learn from; None where nothing passed."""

    tried: int
    choice: Choice | None


def puzzles(tasks: Sequence[Task], count: int, dice: random.Random) -> list[Puzzle]:
    """At most so many new bugs, a task each."""
    some = dice.sample(list(tasks), min(len(tasks), 3 * count))
    drawn = [(task, bug) for task in some for bug in mutants(task.code, 1, dice)]
    calls = (Job(bug.code, task.name, tuple(call for call, _ in task.checks)) for task, bug in drawn)
    found: list[Puzzle] = []
    for (task, bug), checked in zip(drawn, check(calls), strict=True):
        failed = failing_check(task, checked.came)
        if failed is not None and len(found) < count:
            found.append(Puzzle(task, BugFix(bug.kind, bug.code, bug.fix, bug.right, evidence_text(*failed))))
    return found


def attempt(some: Sequence[Puzzle], ranker: WeightsRanker, tries: int, dice: random.Random) -> list[Try]:
    """Try edits of the statements by the bug, in the order of their cost with the model's say."""
    ordered = [_ordered(puzzle, ranker, tries, dice) for puzzle in some]
    results = check(_jobs(some, ordered))
    came: list[Try] = []
    for puzzle, (offer, edits) in zip(some, ordered, strict=True):
        passed = [failing_check(puzzle.task, next(results).came) is None for _ in edits]
        came.append(_try(puzzle, offer, edits, passed, ranker, dice))
    return came


def _ordered(puzzle: Puzzle, ranker: WeightsRanker, tries: int, dice: random.Random) -> tuple[Offer, list[Edit]]:
    offer = offered(puzzle.bug, dice)
    found: list[tuple[float, int, Edit]] = []
    for some in offer.near:
        costs = ranker.costs(offer.source, some, puzzle.bug.evidence)
        found += [(cost, len(found) + index, edit) for index, (cost, edit) in enumerate(zip(costs, some, strict=True))]
    return offer, [edit for _, _, edit in sorted(found, key=lambda one: one[:2])[:tries]]


def _jobs(some: Sequence[Puzzle], ordered: Sequence[tuple[Offer, list[Edit]]]) -> Iterator[Job]:
    for puzzle, (_, edits) in zip(some, ordered, strict=True):
        calls = tuple(call for call, _ in puzzle.task.checks)
        for edit in edits:
            yield Job(edited(puzzle.bug, edit), puzzle.task.name, calls)


def _try(
    puzzle: Puzzle, offer: Offer, edits: list[Edit], passed: list[bool], ranker: WeightsRanker, dice: random.Random
) -> Try:
    if True not in passed:
        return Try(len(edits), None)
    first = passed.index(True)
    right = edits[first]
    statement = next(some for some in offer.near if right in some)
    wrong = [edit for edit in statement if edit == right or edit not in edits or not passed[edits.index(edit)]]
    most = most_prompt(ranker.model.config.max_position_embeddings)
    return Try(first + 1, chosen(puzzle.bug, offer, wrong, right, ranker.words, most, dice))


def effort(tries: Sequence[Try], most: int) -> float:
    """Edits tried on average, those without success as if they had needed one more than `most`."""
    return mean(one.tried if one.choice is not None else most + 1 for one in tries) if tries else 0.0
