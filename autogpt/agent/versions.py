"""Runs tests with wrong versions of code laid over a change: what they do not notice they do not guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autogpt.agent.bench import Ground, Progress, Understood, test_change
from autogpt.errors import AutogptError
from autogpt.models.base import Change


@dataclass(frozen=True, slots=True)
class Version:
    """A wrong version of a file: its whole text, with the line (from 1) at which it is wrong."""

    path: str
    line: int
    text: str


def unnoticed(
    ground: Ground,
    progress: Progress,
    understood: Understood,
    change: Change,
    versions: Sequence[Version],
    ids: Sequence[str],
    *,
    seconds: float,
    each: float = 0.0,
) -> tuple[int, list[Version]]:
    """How many versions these tests were run with in so many seconds, and those with which all of them pass.

    `each` limits one run (0: what is left), since a wrong version may never come to an end. One that cannot be run
    counts for nothing.
    """
    count, survived, spent = 0, list[Version](), 0.0
    for version in versions:
        left = min(seconds - spent, progress.stop.remaining(), each or seconds)
        if left <= 0 or progress.stop.requested:
            break
        try:
            wrong = {**change, version.path: version.text.encode()}
            report = test_change(ground, understood.runner, wrong, ids, timeout=left, stop=progress.stop)
        except (AutogptError, OSError):
            break
        spent += report.seconds
        if report.problem in ("stopped", "command", "no_report"):
            break
        count += 1
        survived += [version] * all(id in report.passed() for id in ids)
    return count, survived
