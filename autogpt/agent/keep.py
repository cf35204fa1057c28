"""The best so far: which attempt is better, and its commit on the scratch branch."""

from __future__ import annotations

from autogpt.agent.bench import Ground, Progress
from autogpt.events import IterationKept
from autogpt.models.base import Attempt, Change

_RANK = {"refused": 0, "failed": 1, "unverified": 2, "verified": 3}


def is_better(attempt: Attempt, best: Attempt | None) -> bool:
    """By evidence alone: status, then tests broken, then tests fixed; a refused change is never kept."""
    if attempt.verdict.status == "refused" or not attempt.candidate.change:
        return False
    return best is None or merit(attempt) > merit(best)


def merit(attempt: Attempt) -> tuple[int, int, int]:
    """What the tests say, more is better: status, none broken, many fixed."""
    tests = attempt.verdict.tests
    return _RANK[attempt.verdict.status], -len(tests.broken), len(tests.fixed)


def keep(ground: Ground, progress: Progress, attempt: Attempt) -> None:
    """Commit the attempt on top of what was kept before and move the branch, in one compare-and-swap."""
    store, base = ground.store, ground.snapshot.commit
    parent = progress.commit or ground.parent_commit or base
    before = progress.best.candidate.change if progress.best else ground.parent_change
    undo: dict[str, bytes | None] = {path: store.read(base, path) for path in before}
    trailers = {
        "Autogpt-Run": ground.run,
        "Autogpt-Model": ground.settings.model,
        "Autogpt-Tests": f"{attempt.verdict.status}: {attempt.verdict.reason}",
    }
    change: Change = {**undo, **attempt.candidate.change}
    commit = store.commit(parent, change, attempt.candidate.summary, trailers)
    aside = store.publish(ground.branch, commit, progress.commit or ground.parent_commit or None)
    if aside:
        progress.warn(aside)
    progress.best, progress.commit, progress.tests = attempt, commit, attempt.verdict.tests
    progress.emit(IterationKept(progress.iterations, commit, attempt.candidate.summary))
