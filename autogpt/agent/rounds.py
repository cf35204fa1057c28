"""The rounds of a run: understand, then strategy, generate and execute, feedback, until the tests are satisfied."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from autogpt.agent.bench import Ground, Progress, Standing, Understood, read_base, test_change
from autogpt.agent.choose import choose
from autogpt.agent.keep import is_better, keep
from autogpt.agent.quality import warnings_of
from autogpt.agent.strategy import plan
from autogpt.agent.trial import test_ahead, try_candidate
from autogpt.agent.understand import understand
from autogpt.agent.weigh import weigh
from autogpt.errors import AutogptError, Stopped
from autogpt.events import Noted, PhaseStarted, Steered
from autogpt.feedback.report import Report
from autogpt.models.base import Attempt, Brief, Candidate, Change, Desk, Learner, Proposal, Proposer, Reviewer
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
        # One that can be resumed is not at its end, and what it is told must be the same then.
        if isinstance(proposer, Learner) and not progress.stop.interrupted:
            proposer.learn(progress.attempts)


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
    for one in progress.best.verdict.diagnostics:
        if one.tool != "ruff":  # whose findings are among the others already
            progress.warn(f"{one.text} ({one.tool})", one.path, one.line)


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
        progress.tell(progress.plan.take(proposal.plan))
        progress.emit(PhaseStarted("feedback", iteration))
        # Over the bare base: what the last round left in the given tests must not judge this one.
        best = _try_all(ground, progress, understood, standing, proposal)
        if best is not None and best.verdict.status == "verified":
            best = _looked_over(ground, progress, proposer, understood, standing, best)
            weigh(ground, progress, understood, best)
            progress.tell(progress.plan.finish())
            for step in progress.plan.left:
                progress.warn(f"the model has put off a part of its plan: {step}")
            return "verified", best.verdict.reason
        standing = _step(standing, best, progress)
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
    ground: Ground,
    progress: Progress,
    understood: Understood,
    standing: Standing,
    proposal: Proposal,
    before: Sequence[tuple[int, Attempt]] = (),
) -> Attempt | None:
    """Test candidates; the best of this round, if it is better than where the round stands.

    Those that the proposer has tested come the most promising first, and the first that is a step forward will do.
    `before` is an attempt that the new ones must surpass, with its number.
    """
    tried: list[tuple[int, Attempt]] = [*before]
    wholes = [
        Candidate({**standing.change, **candidate.change}, candidate.summary) for candidate in proposal.candidates
    ]
    try:
        for number, whole in enumerate(wholes):
            progress.stop.check()
            at_once = 1 if proposal.are_tested else understood.seats.count
            if number % at_once == 0:
                test_ahead(ground, progress, understood, wholes[number : number + at_once])
            attempt = Attempt(whole, try_candidate(ground, progress, understood, whole))
            progress.attempts.append(attempt)
            tried.append((progress.candidates, attempt))
            if is_better(attempt, progress.best):
                keep(ground, progress, attempt)
            is_enough = attempt.verdict.status == "verified" or _is_step(attempt)
            if proposal.are_tested and is_enough and is_better(attempt, standing.attempt):
                break
    except Stopped:
        if not any(attempt.verdict.status == "verified" for _, attempt in tried):
            raise  # else what is verified is the result, whatever was still to be tried
    best = choose(ground, progress, understood, tried, before[0][1] if before else None)
    if _is_rather(best, progress.best, tried):
        keep(ground, progress, best)
    return best if is_better(best, standing.attempt) else None


def _looked_over(
    ground: Ground,
    progress: Progress,
    proposer: Proposer,
    understood: Understood,
    standing: Standing,
    verified: Attempt,
) -> Attempt:
    """What the proposer makes of a last look, if it is verified too and better by evidence; whatever happens here,
    what was verified stays."""
    if not isinstance(proposer, Reviewer) or progress.stop.requested:
        return verified
    try:
        with ground.tree.lay(standing.change):
            brief = _brief(ground, progress, understood, standing)
            proposal = proposer.look_over(verified, brief, _desk(ground, progress, understood, standing))
        if not proposal.candidates:
            return verified
        at = max(n for n, one in enumerate(progress.attempts) if one.candidate == verified.candidate)
        before = [(progress.candidates - len(progress.attempts) + at + 1, verified)]
        better = _try_all(ground, progress, understood, standing, proposal, before) or verified
        if better.candidate != verified.candidate:
            progress.tell(progress.plan.keep())
            progress.tell(progress.plan.take(proposal.plan))
        return better
    except (AutogptError, OSError) as error:
        progress.emit(Noted(f"The last look came to no end: {error}"))
        return verified


def _is_rather(best: Attempt, kept: Attempt | None, tried: Sequence[tuple[int, Attempt]]) -> bool:
    """Whether the chosen one should stand in place of the one of this round that was kept meanwhile."""
    if kept is None or best.candidate == kept.candidate:
        return False
    return any(kept.candidate == attempt.candidate for _, attempt in tried)


def _step(standing: Standing, best: Attempt | None, progress: Progress) -> Standing:
    """A change that reaches a part of what is wanted and breaks nothing is ground for the next round to stand on."""
    if best is None or not _is_step(best):
        return standing
    progress.tell(progress.plan.keep())
    return Standing(best.candidate.change, best.verdict.report, best)


def _is_step(attempt: Attempt | None) -> bool:
    """New tests count, too: of a whole new project not all need be sent again for one of them that fails still. So does
    what tests say nothing of, which can be looked over only."""
    if attempt is None or attempt.verdict.weakened:
        return False
    tests = attempt.verdict.tests
    return bool(tests.fixed or tests.added or attempt.verdict.is_unproved) and not tests.broken


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
    failing = standing.report.failing()
    return Brief(
        task=ground.task,
        tree=ground.tree.workspace,
        environment=understood.environment,
        baseline=standing.report,
        goal=_left(understood, failing),
        settings=ground.settings,
        attempts=tuple(progress.attempts),
        rules=understood.rules,
    )


def _left(understood: Understood, failing: Sequence[str]) -> tuple[str, ...]:
    """What of the goal fails still; of a file that can be collected by now its tests."""
    wanted = {*understood.goal, *understood.examples}
    files = {id for id in understood.goal if "::" not in id}
    return tuple(id for id in failing if id in wanted or id.partition("::")[0] in files)


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
        emit=progress.pass_on,
        stop=progress.stop,
        runner=understood.runner,
        test=test,
        steering=steering,
        proved_by=lambda tests: progress.tell(progress.plan.prove(tests, "new test")),
        answered=progress.recorded.take,
        begun=progress.recorded.begun,
    )
