"""The best so far: which attempt is better, and its commit on the scratch branch."""

from __future__ import annotations

from autogpt.agent.bench import Ground, Progress, read_base
from autogpt.events import IterationKept
from autogpt.models.base import Attempt, Change


def is_better(attempt: Attempt, best: Attempt | None) -> bool:
    """By evidence alone: status, then tests broken, fixed, and new; a refused change is never kept. Of two that no test
    speaks for or against the later one is, for whoever made it has looked over the earlier. So is what leaves the given
    tests alone in place of what does not."""
    if attempt.verdict.status == "refused" or not attempt.candidate.change:
        return False
    if best is None or attempt.verdict.merit > best.verdict.merit:
        return True
    is_weakened = best.verdict.weakened and attempt.verdict.merit == best.verdict.merit
    are_unproved = attempt.verdict.is_unproved and (best.verdict.is_unproved or is_weakened)
    return are_unproved and attempt.candidate.change != best.candidate.change and _flaws(attempt) <= _flaws(best)


def _flaws(attempt: Attempt) -> int:
    return len(attempt.verdict.diagnostics) + len(attempt.verdict.warnings)


def keep(ground: Ground, progress: Progress, attempt: Attempt) -> None:
    """Commit the attempt on top of what was kept before and move the branch, in one compare-and-swap."""
    store, base = ground.store, ground.snapshot.commit
    parent = progress.commit or ground.parent_commit or base
    before = progress.best.candidate.change if progress.best else ground.parent_change
    undo: dict[str, bytes | None] = {path: read_base(ground, path) for path in before}
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
