"""What the linter and the type checker that a project has set up for itself say of files, in the sandbox like any test.

Only what is new against the base is worth telling: a project has its old findings for its own reasons.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autogpt.config import Settings
from autogpt.feedback import process
from autogpt.feedback.base import Environment
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.place import Place
from autogpt.feedback.report import Diagnostic
from autogpt.feedback.runner import make_place
from autogpt.feedback.text import readable
from autogpt.stop import Stop

SECONDS = 30.0
"""How long one tool may take; one that takes longer is left out for the rest of the run."""
MOST_FILES = 40
MOST = 200
"""Findings of one tool that are looked at."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A module of the project's environment. It is set up if one of `files` is there, or a table (by prefix) in one."""

    name: str
    arguments: tuple[str, ...]
    line: re.Pattern[str]
    """Matches a finding as it is printed, with the groups `path`, `line` and `text`."""
    files: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    reads_tests: bool = False
    """Whether it is asked about tests too: few projects that type their code type their tests."""

    def is_set_up(self, folder: Path) -> bool:
        """Whether the project in this folder has settings for the tool."""
        if any((folder / name).is_file() for name in self.files):
            return True
        return any(re.search(rf"(?m)^\[{re.escape(table)}\b", _text(folder / name)) for name, table in self.tables)


TOOLS = (
    Tool(
        "ruff",
        ("check", "--no-cache", "--output-format", "concise", "--quiet"),
        re.compile(r"^(?P<path>.+?):(?P<line>\d+):\d+: (?P<text>\S.*)$"),
        ("ruff.toml", ".ruff.toml"),
        (("pyproject.toml", "tool.ruff"),),
        reads_tests=True,
    ),
    Tool(
        "mypy",
        (
            "--no-error-summary",
            "--show-error-codes",
            "--no-pretty",
            "--no-color-output",
            "--no-incremental",
            f"--cache-dir={os.devnull}",
        ),
        re.compile(r"^(?P<path>.+?):(?P<line>\d+):(?:\d+:)? error: (?P<text>\S.*)$"),
        ("mypy.ini", ".mypy.ini"),
        (("pyproject.toml", "tool.mypy"), ("setup.cfg", "mypy")),
    ),
    Tool(
        "pyright",
        (),
        re.compile(r"^\s*(?P<path>.+?):(?P<line>\d+):\d+ - error: (?P<text>\S.*)$"),
        ("pyrightconfig.json",),
        (("pyproject.toml", "tool.pyright"),),
    ),
)


class Diagnoser:
    """The tools of one project. `remarks` are sentences for the journal that were not told yet."""

    def __init__(self, place: Place, tools: Sequence[Tool]) -> None:
        self._place = place
        self._tools = list(tools)
        self.remarks: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(tool.name for tool in self._tools)

    def look(self, tree: Path, paths: Sequence[str], stop: Stop) -> tuple[Diagnostic, ...]:
        """All findings in these files (relative to the workspace, `/`) as they are in a scratch tree. Never raises
        for what a tool does: one that fails or takes too long has nothing to say."""
        files = [path for path in paths if path.endswith((".py", ".pyi")) and (tree / path).is_file()][:MOST_FILES]
        code = [path for path in files if not is_test_path(path)]
        given = [(tool, files if tool.reads_tests else code) for tool in self._tools]
        return tuple(one for tool, some in given if some for one in self._ask(tool, tree, some, stop))

    def _ask(self, tool: Tool, tree: Path, files: Sequence[str], stop: Stop) -> list[Diagnostic]:
        environment = self._place.environment
        folder = environment.folder or "."
        given = [os.path.relpath(path, folder).replace(os.sep, "/") for path in files]
        argv = (environment.python, "-m", tool.name, *tool.arguments, *given)
        with self._place.prepare(argv, tree) as ready:
            finished = process.run(ready.launch, timeout=SECONDS, stop=stop, watch=ready.watch)
            workspace = ready.toplevel / self._place.prefix
        if finished.end == "stopped":
            return []
        if finished.end != "exited" or finished.status not in (0, 1):
            why = f"took longer than {SECONDS:g} s" if finished.end == "timeout" else "could not be run"
            self.remarks.append(f"{tool.name} {why} here, so its findings are left out.")
            self._tools.remove(tool)
            return []
        lines = readable(finished.output.decode("utf-8", "replace")).splitlines()
        matches = (match for line in lines if (match := tool.line.match(line)))
        found = [
            Diagnostic(tool.name, _path(match["path"], folder, workspace), int(match["line"]), match["text"].strip())
            for match in matches
        ]
        return [one for one in found if one.path in files][:MOST]


def make_diagnoser(
    environment: Environment, workspace: Path, toplevel: Path, prefix: str, settings: Settings, *, state: Path
) -> Diagnoser | None:
    """For the tools that the project has set up and its environment has; None where there is none."""
    if not environment.python:
        return None
    folders = {workspace, workspace / environment.folder}
    tools = [
        tool for tool in TOOLS if _is_installed(tool.name, environment.python) and any(map(tool.is_set_up, folders))
    ]
    if not tools:
        return None
    return Diagnoser(make_place(environment, workspace, toplevel, prefix, settings, state=state), tools)


def new_ones(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings that were not there before, wherever their lines have moved to."""
    known = Counter(map(_kind, before))
    found: list[Diagnostic] = []
    for one in after:
        if known[_kind(one)] > 0:
            known[_kind(one)] -= 1
        else:
            found.append(one)
    return tuple(found)


def _kind(one: Diagnostic) -> tuple[str, str, str]:
    return one.tool, one.path, re.sub(r"\bline \d+", "line", one.text)


def _path(printed: str, folder: str, workspace: Path) -> str:
    """As printed, relative to where the tool ran or absolute, to relative to the workspace."""
    if os.path.isabs(printed):  # noqa: PTH117
        return os.path.relpath(printed, workspace).replace(os.sep, "/")
    return posixpath.normpath(posixpath.join(folder, printed.replace(os.sep, "/")))


def _is_installed(name: str, python: str) -> bool:
    """Whether the tool's command lies beside the interpreter."""
    return any((Path(python).parent / file).exists() for file in (name, f"{name}.exe"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
