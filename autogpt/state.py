"""The state of a run as a fold over its events: what lists, views and notifications show.

Pure: the server keeps one per run without knowing git or models, and `autogpt runs` reads one from a journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from autogpt.events import (
    ApproachChosen,
    CandidateJudged,
    CandidateProposed,
    EnvironmentFound,
    Event,
    IterationKept,
    ModelAnswered,
    Noted,
    PartWeighed,
    PhaseStarted,
    PlanMade,
    Record,
    RunEnded,
    RunQueued,
    RunStarted,
    SearchProgressed,
    StepDone,
    TestsRan,
    Warned,
)
from autogpt.result import FileStat, Tests, Tokens
from autogpt.task import Task


@dataclass(frozen=True, slots=True)
class Kept:
    """What was true of the change that was kept last: a run that is interrupted proposes this and nothing later."""

    files: tuple[FileStat, ...] = ()
    diff: str = ""
    tests: Tests = field(default_factory=Tests)


@dataclass(frozen=True, slots=True)
class RunState:
    """`status` is `queued`, `running`, `interrupted` or one of the ends of `autogpt.result.Status`."""

    run: str
    task: Task | None = None
    status: str = "queued"
    phase: str = ""
    step: str = ""
    """One line for a status bar: what is being done now."""
    iteration: int = 0
    candidates: int = 0
    model: str = ""
    branch: str = ""
    base: str = ""
    commit: str = ""
    plan: tuple[tuple[str, bool], ...] = ()
    """Steps of the plan, with whether each is done."""
    tests: Tests = field(default_factory=Tests)
    baseline_failing: int = 0
    baseline_passed: int = 0
    files: tuple[FileStat, ...] = ()
    diff: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    started: float = 0.0
    seconds: float = 0.0
    reason: str = ""
    warnings: tuple[str, ...] = ()
    environment: EnvironmentFound | None = None
    applied: bool = False
    scratch: str = ""
    """The branch that is made when something is kept."""
    kept: Kept | None = None
    settings: dict[str, str] = field(default_factory=dict[str, str])
    """As they were when the run was made, for whoever goes on with it."""
    weighed: tuple[PartWeighed, ...] = ()
    """What each part of the proposal is needed for, as far as that was tried."""


PHASE_STEPS = {
    "understand": "Reading the task and running the tests once",
    "strategy": "Choosing a strategy",
    "execute": "Working on the change",
    "feedback": "Testing the change",
    "output": "Writing the result",
}


def advance(state: RunState, record: Record) -> RunState:
    """The state after one more event."""
    state = replace(state, seconds=max(0.0, record.at - state.started) if state.started else 0.0)
    return _advance(state, record.event, record.at)


def _advance(state: RunState, event: Event, at: float) -> RunState:  # noqa: PLR0911
    match event:
        case RunQueued():
            return replace(
                state,
                task=event.task,
                status="queued",
                settings=event.settings,
                step="",
                reason="",
                started=at,
                seconds=0.0,
            )
        case RunStarted():
            return replace(
                state,
                task=event.task,
                status="running",
                settings=event.settings,
                model=event.model,
                base=event.base,
                scratch=event.branch,
                weighed=(),
                started=at,
                seconds=0.0,
            )
        case PhaseStarted():
            iteration = max(state.iteration, event.iteration)
            return replace(state, phase=event.phase, iteration=iteration, step=PHASE_STEPS[event.phase])
        case EnvironmentFound():
            return replace(state, environment=event, tests=replace(state.tests, command=event.test_command))
        case TestsRan(what="baseline"):
            step = f"Tests before: {event.passed} passed, {event.failed} failed"
            return replace(state, baseline_failing=event.failed, baseline_passed=event.passed, step=step)
        case PlanMade():
            return replace(state, plan=tuple((step, i in event.done) for i, step in enumerate(event.steps)))
        case StepDone():
            plan = tuple((step, done or i == event.index) for i, (step, done) in enumerate(state.plan))
            return replace(state, plan=plan)
        case SearchProgressed():
            return replace(state, step=describe_search(event))
        case ModelAnswered():
            return replace(state, tokens=state.tokens + event.tokens, cost_usd=state.cost_usd + event.cost_usd)
        case CandidateProposed():
            return replace(state, candidates=event.candidate, files=event.files, diff=event.diff, step=event.summary)
        case CandidateJudged():
            return replace(state, tests=event.tests, step=event.reason)
        case PartWeighed():
            return replace(state, weighed=(*state.weighed, event))
        case IterationKept():
            kept = Kept(state.files, state.diff, state.tests)
            step = f"Kept: {event.summary}"
            return replace(state, commit=event.commit, branch=state.scratch, step=step, kept=kept)
        case ApproachChosen():
            return replace(state, step=describe_approach(event))
        case Noted():
            return replace(state, step=event.text)
        case Warned():
            return replace(state, warnings=(*state.warnings, describe_warning(event)))
        case RunEnded():
            return _ended(state, event)
        case _:
            return state


def interrupted(state: RunState, reason: str) -> RunState:
    """The state of a run whose end no event tells: what was kept stays, what was being tried is gone."""
    kept = state.kept or Kept(tests=Tests(state.tests.command))
    return replace(
        state,
        status="interrupted",
        reason=reason,
        step=reason,
        files=kept.files,
        diff=kept.diff,
        tests=kept.tests,
    )


def describe_search(event: SearchProgressed) -> str:
    """How far a search has come, and in which function it looks now."""
    where = f", now in {event.where.rpartition('::')[2]}" if event.where else ""
    passing = "; one passes, looking for a likelier one" if event.passing else ""
    return f"Tried {event.tried} edits{passing}{where}, {event.per_second:.0f} a second"


def describe_approach(event: ApproachChosen) -> str:
    """What is done from here on, and why."""
    taught = f"; {len(event.lessons)} lessons of earlier runs are told" if event.lessons else ""
    if event.way:
        return f"Asking the model: {event.description} ({event.reason}){taught}"
    return f"Changing the approach, since {event.reason}: {event.description}"


def describe_warning(warning: Warned) -> str:
    """`path:line: text`, as far as they are known."""
    place = f"{warning.path}:{warning.line}" if warning.line else warning.path
    return f"{place}: {warning.text}" if place else warning.text


def _ended(state: RunState, event: RunEnded) -> RunState:
    result = event.result
    return replace(
        state,
        status=result.status,
        step=result.reason,
        reason=result.reason,
        branch=result.branch,
        base=result.base,
        commit=result.commit,
        files=result.files,
        diff=result.diff,
        tests=result.tests,
        iteration=result.iterations,
        candidates=result.candidates,
        tokens=result.tokens,
        cost_usd=result.cost_usd,
        seconds=result.seconds,
        model=result.model,
        warnings=result.warnings,
    )
