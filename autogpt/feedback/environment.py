"""Finds how a project's tests are run: its interpreter and its test command, each with the reason for it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.base import Environment
from autogpt.feedback.interpreter import Interpreter, probe

VENVS = (".venv", "venv", "env", ".env")


def find_environment(workspace: Path, settings: Settings, *, target: str = "") -> Environment:
    """The interpreter, test command and folder for a workspace, or for the project of it that holds `target`.

    Raise `EnvironmentNotFound` when a setting names what does not work, or when nothing can run the tests.
    """
    workspace = Path(workspace)
    reasons: list[str] = []
    if settings.test_command:
        return _given_command(workspace, settings, reasons)
    interpreter = _interpreter(workspace, settings, reasons)
    if not interpreter.has_pytest:
        raise EnvironmentNotFound(
            f"pytest is not installed in the project's interpreter {interpreter.executable}.",
            f"Install it (`{interpreter.executable} -m pip install pytest`), or name another with --python.",
        )
    reasons.append("Tests: pytest, which that interpreter has")
    command = (interpreter.executable, "-m", "pytest")
    return Environment(
        interpreter.executable, command, "pytest", reasons=tuple(reasons), python_version=interpreter.version
    )


def _given_command(workspace: Path, settings: Settings, reasons: list[str]) -> Environment:
    try:
        words = shlex.split(settings.test_command)
    except ValueError as error:
        raise EnvironmentNotFound(f"The test command `{settings.test_command}` cannot be read: {error}.") from error
    if not words:
        raise EnvironmentNotFound("The test command is empty.", "Set it with --test-command.")
    reasons.append(f"Tests: `{settings.test_command}` (settings)")
    interpreter = _interpreter(workspace, settings, reasons)
    pytest = pytest_arguments(words)
    if pytest is None:
        program = shutil.which(words[0], path=_search_path(workspace, interpreter))
        if program is None:
            raise EnvironmentNotFound(
                f"The test command `{words[0]}` does not exist.", "Correct --test-command, or install the program."
            )
        return Environment(
            interpreter.executable,
            (program, *words[1:]),
            "command",
            reasons=tuple(reasons),
            python_version=interpreter.version,
        )
    python, arguments = pytest
    if python:
        found = shutil.which(python, path=_search_path(workspace, interpreter))
        answer = probe(found) if found else f"{python} does not exist."
        if isinstance(answer, str):
            raise EnvironmentNotFound(f"The test command does not work: {answer}", "Correct --test-command.")
        interpreter = answer
    if not interpreter.has_pytest:
        raise EnvironmentNotFound(f"pytest is not installed in {interpreter.executable}.", "Install it there.")
    command = (interpreter.executable, "-m", "pytest", *arguments)
    return Environment(
        interpreter.executable, command, "pytest", reasons=tuple(reasons), python_version=interpreter.version
    )


def pytest_arguments(words: list[str]) -> tuple[str, list[str]] | None:
    """For a command that is pytest itself: the interpreter it names (or "") and the arguments of pytest."""
    name = Path(words[0]).name
    if name in ("pytest", "py.test"):
        sibling = Path(words[0]).parent / "python"
        return (str(sibling) if "/" in words[0] else ""), words[1:]
    if name.startswith("python") and words[1:3] == ["-m", "pytest"]:
        return words[0], words[3:]
    return None


def _search_path(workspace: Path, interpreter: Interpreter) -> str:
    return os.pathsep.join((str(Path(interpreter.executable).parent), str(workspace), os.environ.get("PATH", "")))


def _interpreter(workspace: Path, settings: Settings, reasons: list[str]) -> Interpreter:
    """The first rung of the ladder that works and has pytest; else the first that works."""
    working: list[tuple[Interpreter, str]] = []
    for python, reason, named in _ladder(workspace, settings):
        answer = probe(python)
        if isinstance(answer, str):
            if named:
                raise EnvironmentNotFound(
                    f"The interpreter of the settings does not work: {answer}", "Correct --python."
                )
            reasons.append(f"Passed over {python} ({reason}): {answer}")
            continue
        if answer.has_pytest or named:
            reasons.append(f"Python: {python} ({reason})")
            return answer
        reasons.append(f"Passed over {python} ({reason}): it has no pytest")
        working.append((answer, reason))
    if not working:
        raise EnvironmentNotFound("No Python interpreter was found for the project.", "Name one with --python.")
    reasons.append(f"Python: {working[0][0].executable} ({working[0][1]})")
    return working[0][0]


def _ladder(workspace: Path, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Interpreters in the order of trust: (path, reason, whether a setting names it)."""
    if settings.python:
        named = Path(settings.python).expanduser()
        found = str(workspace / named) if "/" in settings.python else shutil.which(settings.python) or settings.python
        yield found, "settings", True
    for name in VENVS:
        if (python := _venv_python(workspace / name)) is not None:
            yield python, f"{name} of the workspace", False
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        if folder and (python := _venv_python(Path(folder), any_layout=True)) is not None:
            yield python, variable, False
    yield sys.executable, "the interpreter that autogpt runs on", False
    for name in ("python3", "python"):
        if (found := shutil.which(name)) is not None:
            yield found, "PATH", False


def _venv_python(folder: Path, *, any_layout: bool = False) -> str | None:
    if not any_layout and not (folder / "pyvenv.cfg").is_file():
        return None
    for name in ("bin/python", "Scripts/python.exe", "python.exe"):
        if (folder / name).exists():
            return str(folder / name)
    return None
