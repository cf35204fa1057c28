"""The rounds of a run: understand, then strategy, generate and execute, feedback, until the tests are satisfied."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from autogpt.agent.bench import Ground, Progress, Standing, Understood, read_base, test_change
from autogpt.agent.keep import is_better, keep
from autogpt.agent.quality import warnings_of
from autogpt.agent.strategy import COMMIT, FIND, PROVE, TEST, plan
from autogpt.agent.trial import test_ahead, try_candidate
from autogpt.agent.understand import understand
from autogpt.agent.weigh import weigh
from autogpt.events import PhaseStarted, Steered
from autogpt.feedback.report import Report
from autogpt.models.base import Attempt, Brief, Candidate, Change, Desk, Proposal, Proposer
from autogpt.result import Status


def work(ground: Ground, progress: Progress, proposer: Proposer) -> tuple[Status, str]:
    """Run the phases; the status and the reason in a sentence. Raises `Stopped` when asked to end."""
    with contextlib.ExitStack() as held:
        return _phases(ground, progress, proposer, held)


def _phases(ground: Ground, progress: Progress, proposer: Proposer, held: contextlib.ExitStack) -> tuple[Status, str]:
    progress.emit(PhaseStarted("understand"))
    understood, standing = understand(ground, progress, held)
    try:
        return _rounds(ground, progress, proposer, understood, standing)
    finally:
        _warn(ground, progress, understood)


def _warn(ground: Ground, progress: Progress, understood: Understood) -> None:
    """Say what is wrong with the best change beside its tests, however the run ends."""
    if progress.best is None:
        return
    found = warnings_of(
        progress.best.candidate.change,
        lambda path: read_base(ground, path),
        workspace=ground.repository.workspace,
        python=understood.environment.python,
    )
    for one in found:
        progress.warn(one.text, one.path, one.line)


def _rounds(
    ground: Ground, progress: Progress, proposer: Proposer, understood: Understood, standing: Standing
) -> tuple[Status, str]:
    if (done := _nothing_to_do(ground, understood)) is not None:
        return done
    if (kept := _take_up(ground, progress, understood)) is not None and kept.verdict.status == "verified":
        return "verified", kept.verdict.reason
    for iteration in range(1, ground.settings.max_iterations + 1):
        progress.stop.check()
        progress.iterations = iteration
        progress.emit(PhaseStarted("strategy", iteration))
        plan(ground, progress, understood)
        with ground.tree.lay(standing.change):
            progress.emit(PhaseStarted("execute", iteration))
            brief = _brief(ground, progress, understood, standing)
            proposal = proposer.propose(brief, _desk(ground, progress, understood, standing))
        if not proposal.candidates:
            return _gave_up(progress, proposal.gave_up)
        progress.emit(PhaseStarted("feedback", iteration))
        # Over the bare base: what the last round left in the given tests must not judge this one.
        best = _try_all(ground, progress, understood, standing, proposal)
        if best is not None and best.verdict.status == "verified":
            weigh(ground, progress, understood, best)
            for step in (PROVE, FIND, TEST, COMMIT):
                progress.tick(step)
            return "verified", best.verdict.reason
        standing = _step(standing, best)
    return _gave_up(progress, f"No verified change in {ground.settings.max_iterations} rounds (--max-iterations).")


def _take_up(ground: Ground, progress: Progress, understood: Understood) -> Attempt | None:
    """What an interrupted run had kept is the first attempt of the one that resumes it."""
    if not ground.parent_change or ground.task.kind == "refine":
        return None
    candidate = Candidate(ground.parent_change, "Take up what was kept")
    attempt = Attempt(candidate, try_candidate(ground, progress, understood, candidate))
    if not progress.recorded:  # else the rounds come to it anew, by the answers that were paid for
        progress.attempts.append(attempt)
    progress.best, progress.commit, progress.tests = attempt, ground.parent_commit, attempt.verdict.tests
    return attempt


def _try_all(
    ground: Ground, progress: Progress, understood: Understood, standing: Standing, proposal: Proposal
) -> Attempt | None:
    """Test candidates, the most promising first, until one is a step forward; the best of this round, if any is."""
    best: Attempt | None = None
    wholes = [
        Candidate({**standing.change, **candidate.change}, candidate.summary) for candidate in proposal.candidates
    ]
    for number, whole in enumerate(wholes):
        progress.stop.check()
        at_once = 1 if proposal.are_tested else understood.seats.count
        if number % at_once == 0:
            test_ahead(ground, progress, understood, wholes[number : number + at_once])
        attempt = Attempt(whole, try_candidate(ground, progress, understood, whole))
        progress.attempts.append(attempt)
        if is_better(attempt, progress.best):
            keep(ground, progress, attempt)
        if is_better(attempt, best or standing.attempt):
            best = attempt
        if attempt.verdict.status == "verified" or _is_step(best):
            break
    return best


def _step(standing: Standing, best: Attempt | None) -> Standing:
    """A change that fixes a part of the goal and breaks nothing is ground for the next round to stand on."""
    if best is None or not _is_step(best):
        return standing
    return Standing(best.candidate.change, best.verdict.report, best)


def _is_step(attempt: Attempt | None) -> bool:
    return attempt is not None and bool(attempt.verdict.tests.fixed) and not attempt.verdict.tests.broken


def _nothing_to_do(ground: Ground, understood: Understood) -> tuple[Status, str] | None:
    """A `fix` needs a failing test; say what was found instead."""
    baseline = understood.baseline
    if ground.task.kind != "fix" or understood.goal:
        return None
    if baseline.problem:
        return "failed", baseline.explanation
    if ground.task.tests:
        return "unverified", "The named tests pass already: there is nothing to fix."
    return "unverified", f"All {len(baseline.passed())} tests pass already: there is nothing to fix."


def _gave_up(progress: Progress, reason: str) -> tuple[Status, str]:
    """Without a verified candidate the best one decides what the run may call itself."""
    best, reason = progress.best, reason or "No change was proposed, and no reason given."
    if best is None:
        return "failed", reason
    status: Status = "unverified" if best.verdict.status == "unverified" else "failed"
    return status, f"{best.verdict.reason} {reason}".strip()


def _brief(ground: Ground, progress: Progress, understood: Understood, standing: Standing) -> Brief:
    failing = set(standing.report.failing())
    return Brief(
        task=ground.task,
        tree=ground.tree.workspace,
        environment=understood.environment,
        baseline=standing.report,
        goal=tuple(id for id in understood.goal if id in failing),
        settings=ground.settings,
        attempts=tuple(progress.attempts),
        rules=understood.rules,
    )


def _desk(ground: Ground, progress: Progress, understood: Understood, standing: Standing) -> Desk:
    def test(change: Change, tests: Sequence[str] | None) -> Report:
        limit = ground.settings.test_timeout
        whole = {**standing.change, **change}
        report = test_change(ground, understood.runner, whole, tests, timeout=limit, stop=progress.stop)
        progress.hear(understood.runner)
        return report

    def steering() -> tuple[str, ...]:
        messages = progress.steering()
        for message in messages:
            progress.emit(Steered(message))
        return messages

    return Desk(
        emit=progress.emit,
        stop=progress.stop,
        runner=understood.runner,
        test=test,
        steering=steering,
        answered=progress.recorded.take,
    )
