"""Makes the runner that fits an environment: pytest through its own hooks, anything else as a command."""

from __future__ import annotations

from pathlib import Path

from autogpt.config import Settings
from autogpt.feedback.base import Environment, TestRunner
from autogpt.feedback.command_runner import CommandRunner
from autogpt.feedback.place import Place
from autogpt.feedback.pytest_runner import PytestRunner
from autogpt.feedback.sandbox import choose_sandbox


def make_runner(
    environment: Environment, workspace: Path, toplevel: Path, prefix: str, settings: Settings, *, state: Path
) -> TestRunner:
    """Tests of `workspace` (`toplevel`/`prefix`). Raise `EnvironmentNotFound` where a required sandbox is missing."""
    place = Place(environment, workspace, toplevel, prefix, settings.network, choose_sandbox(settings, state))
    return PytestRunner(place) if environment.runner == "pytest" else CommandRunner(place)
