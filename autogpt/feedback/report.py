"""A run of tests as data. A suite that cannot be run is a value too: see `Report.problem`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Problem = Literal["", "no_tests", "collection", "timeout", "crash", "command", "stopped", "no_report"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One entry of a traceback inside the workspace; `path` relative to it, `line` from 1."""

    path: str
    line: int
    function: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One test: `message` is the assertion with the compared values, `frames` the innermost last."""

    __test__ = False

    id: str
    outcome: Outcome
    seconds: float = 0.0
    phase: Literal["setup", "call", "teardown", "collect"] = "call"
    message: str = ""
    exception: str = ""
    """Name of the exception type, `AssertionError` for a plain assert."""
    frames: tuple[Frame, ...] = ()
    output: str = ""

    @property
    def failing(self) -> bool:
        return self.outcome in ("failed", "error")


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes by test id. With a `problem`, `explanation` is the sentence for the person.

    A test id that was asked for and is not in `outcomes` was not run: never count it as passed.
    """

    outcomes: Mapping[str, TestOutcome] = field(default_factory=dict[str, TestOutcome])
    problem: Problem = ""
    explanation: str = ""
    seconds: float = 0.0
    command: str = ""
    output: str = ""
    """Head and tail of what the run printed, control characters removed."""

    def passed(self) -> frozenset[str]:
        return frozenset(id for id, outcome in self.outcomes.items() if outcome.outcome in ("passed", "xfailed"))

    def failing(self) -> tuple[str, ...]:
        """Ids of failed and erroneous tests, in the order they ran."""
        return tuple(id for id, outcome in self.outcomes.items() if outcome.failing)

    def skipped(self) -> frozenset[str]:
        return frozenset(id for id, outcome in self.outcomes.items() if outcome.outcome == "skipped")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of a linter or a type checker: `path` relative to the workspace, `line` from 1."""

    tool: str
    path: str
    line: int
    text: str

    def sentence(self) -> str:
        """`path:line: text (tool)`."""
        return f"{self.path}:{self.line}: {self.text} ({self.tool})"
