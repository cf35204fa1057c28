"""Makes the runner that fits an environment: pytest through its own hooks, anything else as a command."""

from __future__ import annotations

from pathlib import Path

from autogpt.config import Settings
from autogpt.feedback.base import Environment, TestRunner
from autogpt.feedback.command_runner import CommandRunner
from autogpt.feedback.interpreter import probe
from autogpt.feedback.lent import lend
from autogpt.feedback.place import Place
from autogpt.feedback.sandbox import choose_sandbox
from autogpt.feedback.warm_runner import WarmRunner


def make_runner(
    environment: Environment, workspace: Path, toplevel: Path, prefix: str, settings: Settings, *, state: Path
) -> TestRunner:
    """Tests of `workspace` (`toplevel`/`prefix`). Raise `EnvironmentNotFound` where a required sandbox is missing."""
    place = make_place(environment, workspace, toplevel, prefix, settings, state=state)
    return WarmRunner(place) if environment.runner == "pytest" else CommandRunner(place)


def make_place(
    environment: Environment, workspace: Path, toplevel: Path, prefix: str, settings: Settings, *, state: Path
) -> Place:
    """Where processes of the project are started. Raises as `make_runner` does."""
    sandbox = choose_sandbox(settings, state)
    lent = lend(state) if environment.runner == "pytest" and not _has_pytest(environment) else None
    return Place(environment, workspace, toplevel, prefix, settings.network, sandbox, lent)


def _has_pytest(environment: Environment) -> bool:
    answer = probe(environment.python)
    return not isinstance(answer, str) and answer.has_pytest
