"""What happens during a run, as frozen data: the wire format, the journal, and the progress of every front end.

A run is told by its events alone: the journal of them is enough to show, resume, replay and audit it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autogpt.result import FileStat, Result, Tests, Tokens
from autogpt.task import Task

Phase = Literal["understand", "strategy", "execute", "feedback", "output"]
PHASES: tuple[Phase, ...] = ("understand", "strategy", "execute", "feedback", "output")


@dataclass(frozen=True, slots=True)
class RunQueued:
    """A worker took the run on, to begin it now or after others: what it is to do, and with which settings."""

    task: Task
    settings: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins, or goes on. `base` is the commit of what the person saw; `settings` is without secrets."""

    run: str
    task: Task
    model: str
    base: str
    branch: str
    version: str
    settings: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    phase: Phase
    iteration: int = 0


@dataclass(frozen=True, slots=True)
class EnvironmentFound:
    """The interpreter and test command, and the ladder of reasons that led to them."""

    python: str
    test_command: str
    runner: str
    sandbox: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the workspace, from 1; `text` is what it says, so that it can be found again after edits."""

    path: str
    line: int
    function: str = ""
    """`Class.method`, where it is known."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class FailedTest:
    """Why a test failed: `message` is the assertion with the compared values, `frames` the innermost last."""

    id: str
    message: str = ""
    exception: str = ""
    frames: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class TestsRan:
    """A run of tests, as counts; `problem` says in a sentence why there is no verdict (hang, crash, no tests)."""

    __test__ = False

    what: Literal["baseline", "candidate", "final"]
    passed: int
    failed: int
    skipped: int
    seconds: float
    failing: tuple[str, ...] = ()
    problem: str = ""
    failures: tuple[FailedTest, ...] = ()
    """The first of `failing` in detail; with `baseline` only."""


@dataclass(frozen=True, slots=True)
class SuspectsFound:
    """Lines that may hold the fault of these tests, the most suspicious first."""

    tests: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PlanMade:
    """Steps in the order they will be taken, the tests that prove the task, and the way of asking."""

    steps: tuple[str, ...]
    acceptance: tuple[str, ...] = ()
    approach: str = ""
    done: tuple[int, ...] = ()
    """Steps that are done already, counted from zero."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of the plan was ticked off; `index` counts from zero, `step` is its text."""

    index: int
    step: str = ""


@dataclass(frozen=True, slots=True)
class ApproachChosen:
    """How a language model is asked from here on, and why: at first what worked before, then what being stuck needs."""

    format: str
    way: str
    """`plain`, `context`, `steps` or `warm` at the beginning of a run; empty later, when it was stuck."""
    description: str
    reason: str
    lessons: tuple[str, ...] = ()
    """What earlier runs in this workspace have taught, as the model is told at the beginning."""


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A prompt as the model got it; `messages` are (role, text) pairs, secrets redacted."""

    messages: tuple[tuple[str, str], ...]
    temperature: float = 0.0
    n: int = 1


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    text: str
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    seconds: float = 0.0
    truncated: bool = False
    """The token limit cut the text off."""


@dataclass(frozen=True, slots=True)
class SearchProgressed:
    """Where a search over program edits stands; at most a few a second."""

    tried: int
    per_second: float
    where: str = ""
    """The function being changed, as `path::Class.method`."""
    passing: int = 0
    """How many were tried for these tests when the first passed; 0 while none did. Others may be likelier."""


@dataclass(frozen=True, slots=True)
class CandidateProposed:
    """A change that will be tested. `candidate` counts from 1 within the run."""

    candidate: int
    summary: str
    files: tuple[FileStat, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class CandidateJudged:
    candidate: int
    status: Literal["verified", "unverified", "failed", "refused"]
    reason: str
    tests: Tests = field(default_factory=Tests)
    seconds: float = 0.0
    diagnostics: tuple[str, ...] = ()
    """New findings of the project's own linter and type checker, as `path:line: text (tool)`."""


@dataclass(frozen=True, slots=True)
class CandidateChosen:
    """Which of several candidates of a round was the best, and by what: `evidence` has a line for each."""

    candidate: int
    reason: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartWeighed:
    """Tests that fail when this part of the verified change is left out; none: they pass without it, too.

    The part is told by the lines of the base that it replaces, from 0; `base_count` may be 0.
    """

    path: str
    base_line: int
    base_count: int
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IterationKept:
    """The best so far was committed on the scratch branch."""

    iteration: int
    commit: str
    summary: str


@dataclass(frozen=True, slots=True)
class Warned:
    text: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Steered:
    """A message of the person, heard at the next step."""

    message: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A sentence of progress for which there is no event of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last event of a run that came to an end; a journal without it was interrupted."""

    result: Result


Event = (
    RunQueued
    | RunStarted
    | PhaseStarted
    | EnvironmentFound
    | TestsRan
    | SuspectsFound
    | PlanMade
    | StepDone
    | ApproachChosen
    | ModelAsked
    | ModelAnswered
    | SearchProgressed
    | CandidateProposed
    | CandidateJudged
    | CandidateChosen
    | PartWeighed
    | IterationKept
    | Warned
    | Steered
    | Noted
    | RunEnded
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a journal: an event with its place in the run and its time in seconds since the epoch."""

    run: str
    seq: int
    at: float
    event: Event
