"""What the agent needs from whoever proposes changes (`Proposer`) and from a chat model (`ChatModel`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from autogpt.config import Settings
from autogpt.errors import ModelError
from autogpt.events import ApproachChosen, Event
from autogpt.feedback.base import Environment, TestRunner
from autogpt.feedback.report import Diagnostic, Report
from autogpt.result import Tests, Tokens
from autogpt.stop import Stop
from autogpt.task import Task

Change = Mapping[str, "bytes | None"]
"""New content by path relative to the workspace, with `/`; None deletes the file."""


LATER = "(later)"
"""Ends a step of a model's plan that its answer does not carry out yet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change worth testing; `summary` is one line in the imperative, fit for a commit."""

    change: Change
    summary: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests said about a candidate against the baseline."""

    status: Literal["verified", "unverified", "failed", "refused"]
    reason: str
    tests: Tests = field(default_factory=Tests)
    report: Report = field(default_factory=Report)
    warnings: tuple[str, ...] = ()
    weakened: bool = False
    """Whether the change touched given tests, so that it can be no ground for the next one."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """What the project's own linter and type checker find in it and not in the base."""
    unnoticed: tuple[str, ...] = ()
    """Small changes to the code that new tests are about and pass with all the same, a line each."""

    @property
    def merit(self) -> tuple[int, int, int, int]:
        """What the tests say, more is better: status, none broken, many fixed, many new that failed without it."""
        rank = ("refused", "failed", "unverified", "verified").index(self.status)
        return rank, -len(self.tests.broken), len(self.tests.fixed), len(self.tests.added)

    @property
    def is_unproved(self) -> bool:
        """Whether the tests have nothing to say of it, neither for nor against."""
        tests = self.tests
        told = (*tests.fixed, *tests.added, *tests.broken, *tests.still_failing)
        return self.status == "unverified" and not self.weakened and not told


@dataclass(frozen=True, slots=True)
class Attempt:
    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a proposer may know. `tree` holds the base as files; it must be left as it is."""

    task: Task
    tree: Path
    environment: Environment
    baseline: Report
    goal: tuple[str, ...]
    """Ids of the tests to turn green; empty when no test proves the task yet."""
    settings: Settings
    attempts: tuple[Attempt, ...] = ()
    """Earlier candidates of this run, oldest first."""
    rules: str = ""
    """Text of AGENTS.md and its kin."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a proposer may use while it works."""

    emit: Callable[[Event], None]
    stop: Stop
    runner: TestRunner
    test: Callable[[Change, Sequence[str] | None], Report]
    """Run tests with a change laid over the base, in a scratch tree of its own."""
    steering: Callable[[], tuple[str, ...]] = tuple
    """Messages of the person since the last call."""
    answered: Callable[[Sequence[Message], float, int], list[Completion]] = lambda messages, temperature, n: []
    """Answers that the run has paid for before it was interrupted, to messages at a temperature, so many of them."""
    begun: ApproachChosen | None = None
    """How a run that is resumed was begun, so that it asks in the same words."""
    proved_by: Callable[[Sequence[str]], None] = lambda tests: None
    """Tell of new tests that fail now and will prove the task."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Candidates, the most promising first; none means that the proposer gave up, for the reason in `gave_up`."""

    candidates: tuple[Candidate, ...] = ()
    gave_up: str = ""
    plan: tuple[str, ...] = ()
    """Sub-tasks of the first candidate, in the order they are carried out; what it puts off ends with `LATER`."""
    are_tested: bool = False
    """Whether the proposer has run the goal's tests with each, so that the first one will mostly do."""


@runtime_checkable
class Reviewer(Protocol):
    """A proposer that can look over its own change before a person does."""

    def look_over(self, attempt: Attempt, brief: Brief, desk: Desk) -> Proposal:
        """Something better than a verified attempt of the last round, or nothing. Raises as `propose` does."""
        ...


@runtime_checkable
class Learner(Protocol):
    """A proposer that does better next time."""

    def learn(self, attempts: Sequence[Attempt]) -> None:
        """Called once at the end of a run, with all that was tried in it. Never raises."""
        ...


class Proposer(Protocol):
    """The built-in search, or a language model with a way of asking."""

    name: str

    def propose(self, brief: Brief, desk: Desk) -> Proposal:
        """One round of candidates. Raise `ModelError` when the model cannot be had, `Stopped` when asked to end."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    truncated: bool = False
    """The token limit cut the text off, so an edit parsed from it cannot be trusted."""
    note: str = ""
    """What the person should know about this answer, such as that another model gave it."""


class ContextTooLong(ModelError):
    """The prompt does not fit the model's window; a shorter one may."""


class ChatModel(Protocol):
    """An OpenAI-compatible endpoint, local weights, or a script in the tests."""

    name: str

    @property
    def context(self) -> int:
        """Tokens of prompt and answer that fit together, as far as known."""
        ...

    def complete(
        self, messages: Sequence[Message], *, n: int = 1, temperature: float = 0.0, max_tokens: int = 0, stop: Stop
    ) -> list[Completion]:
        """Sample `n` answers of at most `max_tokens` tokens each (0: what suits the model).

        Raise `ModelError` when none can be had, `Stopped` when asked to end while waiting.
        """
        ...
