"""What the loop needs of an environment and of a test runner, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autogpt.feedback.contexts import Contexts
from autogpt.feedback.report import Report
from autogpt.stop import Stop


@dataclass(frozen=True, slots=True)
class Environment:
    """How the project's tests are run.

    `folder` is where the command is run, relative to the workspace with `/` ("" for the workspace itself).
    `reasons` is the ladder that led here, a sentence each, shown by `autogpt doctor` and kept in the journal.
    """

    python: str
    command: tuple[str, ...]
    runner: str
    """`pytest`, `unittest`, `go`, …; `command` for one known by its exit status only."""
    folder: str = ""
    reasons: tuple[str, ...] = ()
    python_version: tuple[int, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    """Added to the environment of the tests."""


class TestRunner(Protocol):
    """Runs the project's tests against a scratch tree that stands in for the workspace."""

    __test__ = False

    environment: Environment

    @property
    def sandbox(self) -> str:
        """One phrase: how the tests are fenced in, for the person."""
        ...

    def run(
        self, tree: Path, tests: Sequence[str] | None, *, timeout: float, stop: Stop, fresh: bool = False
    ) -> Report:
        """Run these test ids (None: all). Never raises for what tests do.

        `fresh` asks for a process that shares nothing with an earlier one: for what is to be believed.
        """
        ...

    def record(self, tree: Path, tests: Sequence[str] | None = None, *, timeout: float, stop: Stop) -> Contexts | None:
        """Run these test ids (None: all) and note which lines each of them runs; None where that cannot be done."""
        ...

    def twin(self) -> TestRunner:
        """Another runner of the same tests, for a tree of its own at the same time."""
        ...

    def remarks(self) -> tuple[str, ...]:
        """Sentences for the journal since the last call: how tests are run, and why not faster."""
        ...

    def close(self) -> None:
        """Let go of what is held between runs; called at the end of every run of the agent."""
        ...
