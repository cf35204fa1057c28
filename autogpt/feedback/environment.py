"""Finds how a project's tests are run: its interpreter and its test command, each with the reason for it."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.base import Environment
from autogpt.feedback.commands import is_python, other_commands, project_folder, runner_of
from autogpt.feedback.interpreter import Interpreter, probe
from autogpt.feedback.ladder import ladder
from autogpt.feedback.lent import can_lend


def find_environment(workspace: Path, settings: Settings, *, target: str = "") -> Environment:
    """The interpreter, test command and folder for a workspace, or for the project of it that holds `target`.

    Raise `EnvironmentNotFound` when a setting names what does not work, or when nothing can run the tests.
    """
    workspace = Path(workspace)
    folder = project_folder(workspace, target)
    reasons = [f"Folder: {folder}, the innermost project around {target}"] if folder else []
    if settings.test_command:
        return _given(workspace, settings, reasons)
    place = workspace / folder if folder else workspace
    if not is_python(place):
        for command in other_commands(place):
            program = shutil.which(command.argv[0], path=_search_path(place))
            if program is not None:
                reasons.append(f"Tests: `{' '.join(command.argv)}` ({command.reason})")
                argv = (program, *command.argv[1:])
                return Environment("", argv, command.runner, folder, tuple(reasons))
            reasons.append(f"Passed over {command.argv[0]} ({command.reason}): it is not installed")
    interpreter = _interpreter(workspace, folder, settings, reasons)
    return _pytest(interpreter, (), folder, reasons)


def _pytest(interpreter: Interpreter, arguments: tuple[str, ...], folder: str, reasons: list[str]) -> Environment:
    if interpreter.has_pytest:
        reasons.append("Tests: pytest, which that interpreter has")
    elif can_lend(interpreter.version):
        reasons.append("Tests: our own copy of pytest, because that interpreter has none (pip install pytest)")
    else:
        raise EnvironmentNotFound(
            f"pytest is not installed in the project's interpreter {interpreter.executable}.",
            f"Install it (`{interpreter.executable} -m pip install pytest`), or name another with --python.",
        )
    command = (interpreter.executable, "-m", "pytest", *arguments)
    return Environment(interpreter.executable, command, "pytest", folder, tuple(reasons), interpreter.version)


def _given(workspace: Path, settings: Settings, reasons: list[str]) -> Environment:
    """The command of the settings, run in the workspace itself."""
    reasons = [f"Tests: `{settings.test_command}` (settings)"]
    try:
        words = shlex.split(settings.test_command)
    except ValueError as error:
        raise EnvironmentNotFound(f"The test command `{settings.test_command}` cannot be read: {error}.") from error
    if not words:
        raise EnvironmentNotFound("The test command is empty.", "Set it with --test-command.")
    if (pytest := pytest_arguments(words)) is not None:
        python, arguments = pytest
        interpreter = _python_of(workspace, python) if python else _interpreter(workspace, "", settings, reasons)
        return _pytest(interpreter, tuple(arguments), "", reasons)
    program = shutil.which(words[0], path=_search_path(workspace))
    if program is None:
        raise EnvironmentNotFound(
            f"The test command `{words[0]}` does not exist.", "Correct --test-command, or install the program."
        )
    argv, runner = runner_of(words)
    if len(Path(program).parts) > 1 and not Path(program).is_absolute():
        program = str(workspace / program)
    return Environment(settings.python, (program, *argv[1:]), runner, "", tuple(reasons))


def _python_of(workspace: Path, python: str) -> Interpreter:
    found = shutil.which(python, path=_search_path(workspace))
    if found is None and (workspace / python).exists():
        found = str(workspace / python)
    answer = probe(found) if found else f"{python} does not exist."
    if isinstance(answer, str):
        raise EnvironmentNotFound(f"The test command does not work: {answer}", "Correct --test-command.")
    return answer


def pytest_arguments(words: list[str]) -> tuple[str, list[str]] | None:
    """For a command that is pytest itself: the interpreter it names (or "") and the arguments of pytest."""
    name = Path(words[0]).name
    if name in ("pytest", "py.test"):
        sibling = Path(words[0]).parent / "python"
        return (str(sibling) if "/" in words[0] else ""), words[1:]
    if name.startswith("python") and words[1:3] == ["-m", "pytest"]:
        return words[0], words[3:]
    return None


def _search_path(workspace: Path) -> str:
    inside = [workspace / ".venv" / "bin", workspace / "venv" / "bin", workspace / "node_modules" / ".bin", workspace]
    return os.pathsep.join([*map(str, inside), os.environ.get("PATH", "")])


def _interpreter(workspace: Path, folder: str, settings: Settings, reasons: list[str]) -> Interpreter:
    """The first rung that works and has pytest; else the first that works."""
    working: list[tuple[Interpreter, str]] = []
    seen: set[str] = set()
    for rung in ladder(workspace, folder, settings, os.environ):
        if rung.python in seen:
            continue
        seen.add(rung.python)
        answer = probe(rung.python)
        if isinstance(answer, str):
            if rung.named:
                raise EnvironmentNotFound(
                    f"The interpreter of the settings does not work: {answer}", "Correct --python."
                )
            reasons.append(f"Passed over {rung.python} ({rung.reason}): {answer.rstrip('.')}")
        elif answer.has_pytest or rung.named or (_is_projects_own(rung.reason) and can_lend(answer.version)):
            reasons.append(f"Python: {rung.python} ({rung.reason})")
            return answer
        else:
            reasons.append(f"Passed over {rung.python} ({rung.reason}): it has no pytest")
            working.append((answer, rung.reason))
    if not working:
        raise EnvironmentNotFound("No Python interpreter was found for the project.", "Name one with --python.")
    reasons.append(f"Python: {working[0][0].executable} ({working[0][1]})")
    return working[0][0]


def _is_projects_own(reason: str) -> bool:
    """An environment of the project knows its dependencies: better with a lent pytest than another one with its own."""
    return not reason.startswith(("the interpreter that", "PATH"))
