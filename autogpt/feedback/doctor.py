"""What `autogpt doctor` says about a project: git, interpreter, test command, sandbox, and what to do about each."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autogpt import paths
from autogpt.config import Settings
from autogpt.errors import AutogptError, EnvironmentNotFound
from autogpt.feedback.environment import find_environment
from autogpt.feedback.sandbox import INSTALL_HINT, choose_sandbox

MIN_GIT = (2, 30)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis; `what_to_do` is empty when all is well."""

    name: str
    status: Literal["ok", "warning", "missing"]
    found: str
    what_to_do: str = ""


def diagnose(workspace: Path, settings: Settings) -> tuple[Finding, ...]:
    """Look at everything, and go on after what is missing."""
    return (_git(), *_environment(workspace, settings), _sandbox(workspace, settings), *_warmth(workspace, settings))


def _git() -> Finding:
    program = shutil.which("git")
    if program is None:
        return Finding("git", "missing", "git is not on the PATH", "Install git 2.30 or newer.")
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    version = words[2] if len(words) > 2 else "unknown"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < MIN_GIT:
        return Finding("git", "warning", f"{program}, version {version}", "Install git 2.30 or newer.")
    return Finding("git", "ok", f"{program}, version {version}")


def _environment(workspace: Path, settings: Settings) -> tuple[Finding, ...]:
    try:
        found = find_environment(workspace, settings)
    except AutogptError as error:
        return (Finding("tests", "missing", str(error), error.hint),)
    tests = Finding("tests", "ok", f"{' '.join(found.command)} ({found.runner}). {'. '.join(found.reasons)}.")
    if not found.python:
        return (tests,)
    version = ".".join(map(str, found.python_version))
    return (Finding("interpreter", "ok", f"{found.python}, Python {version}".removesuffix(", Python ")), tests)


def _sandbox(workspace: Path, settings: Settings) -> Finding:
    try:
        sandbox = choose_sandbox(settings, paths.workspace_state(workspace))
    except EnvironmentNotFound as error:
        return Finding("sandbox", "missing", str(error), error.hint)
    if sandbox.name != "bubblewrap":
        return Finding("sandbox", "warning", sandbox.description, INSTALL_HINT)
    return Finding("sandbox", "ok", sandbox.description)


def _warmth(workspace: Path, settings: Settings) -> tuple[Finding, ...]:
    """Whether runs of pytest can be forked off a warm parent; one is started to see that, and no test is run."""
    from autogpt.feedback.runner import make_runner
    from autogpt.feedback.warm_runner import WarmRunner

    try:
        found = find_environment(workspace, settings)
        runner = make_runner(found, workspace, workspace, "", settings, state=paths.workspace_state(workspace))
    except AutogptError:
        return ()  # said by the other findings
    if not isinstance(runner, WarmRunner):
        return ()
    with contextlib.closing(runner):
        why = runner.try_out(workspace)
    if why:
        return (Finding("speed", "warning", f"tests are run cold: {why}", "They are right, but slower."),)
    return (Finding("speed", "ok", "tests are run warm, forked from a pytest that is loaded already"),)
