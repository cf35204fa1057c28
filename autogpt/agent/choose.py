"""The best of several candidates of a round: by what was run and measured, never by anybody's opinion of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autogpt.agent.bench import Ground, Progress, Understood, read_base
from autogpt.agent.mutate import mutants
from autogpt.agent.quality import added_lines
from autogpt.agent.versions import Version, unnoticed
from autogpt.events import CandidateChosen
from autogpt.feedback.integrity import is_test_path
from autogpt.models.base import Attempt, Change

BY_TESTS = 4
"""Places of `Tried.order` that are known without running anything more."""
MOST_MUTANTS = 6
MAX_SECONDS = 10.0
"""Spent on the mutants of one candidate at most."""
_DOCUMENT = re.compile(
    r"(?:^|/)(?:[^/]+\.(?:md|rst|adoc)|(?:readme|changelog|changes|news|authors|contributing)(?:\.txt)?)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt under its number in the run. Of `mutants` wrong versions of its lines `survived` pass the tests.

    `lines` are those changed outside of documents, since a longer README is no worse than a shorter one.
    """

    number: int
    attempt: Attempt
    lines: int
    mutants: int = 0
    survived: int = 0

    def order(self) -> tuple[int, ...]:
        """More is better: the tests, also new ones, then what they leave unguarded, then findings, warnings, size."""
        verdict = self.attempt.verdict
        findings, warnings = len(verdict.diagnostics), len(verdict.warnings)
        return (*verdict.merit, -self.survived, -findings, -warnings, -self.lines)

    def evidence(self) -> str:
        """One line for the journal."""
        verdict, tests = self.attempt.verdict, self.attempt.verdict.tests
        parts = [verdict.status, f"{len(tests.fixed)} fixed", f"{len(tests.broken)} broken", f"{len(tests.added)} new"]
        parts += [f"{self.survived} of {self.mutants} wrong versions of its lines pass the tests"] * bool(self.mutants)
        parts += [f"{len(verdict.diagnostics)} new findings", f"{len(verdict.warnings)} warnings"]
        return f"candidate {self.number}: {', '.join([*parts, f'{self.lines} lines of code changed'])}"


REASONS = (
    "by its status",
    "it breaks fewer tests",
    "it turns more tests green",
    "it brings more tests that failed without it",
    "the tests guard more of what it changes",
    "the linter and the type checker find less in it",
    "there is less to be warned of",
    "it changes fewer lines",
)
"""Why the first one wins, by the place in `Tried.order` that tells it from the second."""
FIRST = "it came first of those that are equal"
REWORDED = "its documents were looked over once more, and all else is equal"


def choose(
    ground: Ground,
    progress: Progress,
    understood: Understood,
    tried: Sequence[tuple[int, Attempt]],
    looked_over: Attempt | None = None,
) -> Attempt:
    """The best, with the reason in its verdict where there was a choice. Wrong versions are run for a tie only.

    What has the same evidence as the attempt that was `looked_over`, and better documents, takes its place: no test can
    speak for those.
    """
    if len(tried) < 2:
        return tried[0][1]
    found = [Tried(number, attempt, _size(ground, attempt)) for number, attempt in tried]
    top = max(one.order()[:BY_TESTS] for one in found)
    rivals = [one for one in found if one.order()[:BY_TESTS] == top]
    if len(rivals) > 1 and rivals[0].attempt.verdict.status == "verified":
        weighed = {one.number: _mutated(ground, progress, understood, one) for one in rivals}
        found = [weighed.get(one.number, one) for one in found]

    def order(one: Tried) -> tuple[tuple[int, ...], int]:
        is_reworded = looked_over is not None and _rewords(one.attempt.candidate.change, looked_over.candidate.change)
        return one.order(), one.number if is_reworded else -one.number

    best, second = sorted(found, key=order, reverse=True)[:2]
    pairs = zip(REASONS, best.order(), second.order(), strict=True)
    why = next((reason for reason, mine, other in pairs if mine != other), "")
    why = why or (FIRST if best.number < second.number else REWORDED)
    reason = f"Chosen of {len(found)} candidates: {why}."
    progress.emit(CandidateChosen(best.number, reason, tuple(one.evidence() for one in found)))
    verdict = best.attempt.verdict
    return replace(best.attempt, verdict=replace(verdict, reason=f"{verdict.reason} {reason}"))


def _size(ground: Ground, attempt: Attempt) -> int:
    """Lines added and removed, relative to the base; 0 for a change that was refused, whose paths may lie outside."""
    size = 0
    if attempt.verdict.status == "refused":
        return size
    for path, data in attempt.candidate.change.items():
        if _DOCUMENT.search(path):
            continue
        old, new = (read_base(ground, path) or b"").decode("utf-8", "replace"), (data or b"").decode("utf-8", "replace")
        size += len(added_lines(old, new)) + len(added_lines(new, old))
    return size


def _rewords(change: Change, before: Change) -> bool:
    """Whether it differs in documents only, none of which it empties or leaves out."""
    other = [path for path in {*change, *before} if change.get(path, b"") != before.get(path, b"")]
    return bool(other) and all(_DOCUMENT.search(path) and change.get(path) for path in other)


def _mutated(ground: Ground, progress: Progress, understood: Understood, one: Tried) -> Tried:
    """Run what the candidate fixed with wrong versions of its lines. One that cannot be run counts for nothing."""
    change, tests = one.attempt.candidate.change, one.attempt.verdict.tests
    ids = tuple(id for id in (*tests.fixed, *tests.added) if "::" in id)
    versions = _versions(ground, one.attempt)[:MOST_MUTANTS] if ids else []
    count, survived = unnoticed(ground, progress, understood, change, versions, ids, seconds=MAX_SECONDS)
    return replace(one, mutants=count, survived=len(survived))


def _versions(ground: Ground, attempt: Attempt) -> list[Version]:
    """Wrong versions of the lines that the change wrote, outside of tests, spread over its files."""
    found: list[tuple[int, Version]] = []
    for path, data in attempt.candidate.change.items():
        if data is None or not path.endswith(".py") or is_test_path(path):
            continue
        new, old = data.decode("utf-8", "replace"), (read_base(ground, path) or b"").decode("utf-8", "replace")
        versions = mutants(new, added_lines(old, new).keys())
        found += [(place, Version(path, line, text)) for place, (line, text) in enumerate(versions)]
    return [version for _, version in sorted(found, key=lambda one: one[0])]
