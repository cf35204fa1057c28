"""The rounds of a run: understand, then strategy, generate and execute, feedback, until the tests are satisfied."""

from __future__ import annotations

from collections.abc import Sequence

from autogpt.agent.bench import Ground, Progress, Understood, test_change
from autogpt.agent.keep import is_better, keep
from autogpt.agent.strategy import plan
from autogpt.agent.trial import try_candidate
from autogpt.agent.understand import understand
from autogpt.events import Noted, PhaseStarted, Steered
from autogpt.feedback.report import Report
from autogpt.models.base import Attempt, Brief, Change, Desk, Proposer
from autogpt.result import Status


def work(ground: Ground, progress: Progress, proposer: Proposer) -> tuple[Status, str]:
    """Run the phases; the status and the reason in a sentence. Raises `Stopped` when asked to end."""
    progress.emit(PhaseStarted("understand"))
    understood = understand(ground, progress)
    if (done := _nothing_to_do(ground, understood)) is not None:
        return done
    desk = _desk(ground, progress, understood)
    for iteration in range(1, ground.settings.max_iterations + 1):
        progress.stop.check()
        progress.iterations = iteration
        progress.emit(PhaseStarted("strategy", iteration))
        plan(ground, progress, understood)
        progress.emit(PhaseStarted("execute", iteration))
        proposal = proposer.propose(_brief(ground, progress, understood), desk)
        if not proposal.candidates:
            return _gave_up(progress, proposal.gave_up)
        progress.emit(PhaseStarted("feedback", iteration))
        for candidate in proposal.candidates:
            progress.stop.check()
            attempt = Attempt(candidate, try_candidate(ground, progress, understood, candidate))
            progress.attempts.append(attempt)
            if is_better(attempt, progress.best):
                keep(ground, progress, attempt)
            if attempt.verdict.status == "verified":
                return "verified", attempt.verdict.reason
    return _gave_up(progress, f"No verified change in {ground.settings.max_iterations} rounds (--max-iterations).")


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
    best = progress.best
    if best is not None and best.verdict.status == "unverified":
        return "unverified", best.verdict.reason
    if best is not None:
        return "failed", f"{reason} The best attempt is on the branch: {best.verdict.reason}"
    return "failed", reason


def _brief(ground: Ground, progress: Progress, understood: Understood) -> Brief:
    return Brief(
        task=ground.task,
        tree=ground.tree.workspace,
        environment=understood.environment,
        baseline=understood.baseline,
        goal=understood.goal,
        settings=ground.settings,
        attempts=tuple(progress.attempts),
        rules=understood.rules,
    )


def _desk(ground: Ground, progress: Progress, understood: Understood) -> Desk:
    def test(change: Change, tests: Sequence[str] | None) -> Report:
        limit = ground.settings.test_timeout
        return test_change(ground, understood.runner, change, tests, timeout=limit, stop=progress.stop)

    def steering() -> tuple[str, ...]:
        messages = progress.steering()
        for message in messages:
            progress.emit(Steered(message))
            progress.emit(Noted(f"Heard: {message}"))
        return messages

    return Desk(emit=progress.emit, stop=progress.stop, runner=understood.runner, test=test, steering=steering)
