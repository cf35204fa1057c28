"""Phase five: the result, with its diff, evidence and cost, whatever way the run ended."""

from __future__ import annotations

from dataclasses import replace

from autogpt.agent.bench import Ground, Progress
from autogpt.events import PhaseStarted
from autogpt.result import Result, Status


def ended(run: str, ground: Ground | None, progress: Progress, model: str, *, status: Status, reason: str) -> Result:
    """What `--json` prints. Without a ground the run failed before it had a base."""
    result = Result(
        run=run,
        status=status,
        reason=reason,
        tests=progress.tests,
        iterations=progress.iterations,
        candidates=progress.candidates,
        tokens=progress.tokens,
        cost_usd=round(progress.cost_usd, 6),
        seconds=round(progress.seconds, 3),
        model=model,
        warnings=(*progress.warnings, *(progress.best.verdict.warnings if progress.best else ())),
    )
    if ground is None:
        return result
    progress.emit(PhaseStarted("output", progress.iterations))
    result = replace(result, base=ground.snapshot.commit)
    # A resumed run that ends before it looked at what was kept still has it; a refined one has its parent's to itself.
    commit = progress.commit or ("" if ground.task.kind == "refine" else ground.parent_commit)
    if not commit:
        return result
    base = ground.snapshot.commit
    files, diff = ground.store.difference(base, commit)
    return replace(result, branch=ground.branch, commit=commit, files=files, diff=diff)
