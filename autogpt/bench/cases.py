"""What is measured: cases in folders, and the elementary tasks as such a folder.

NAME/task.toml      task = "..." (left out: the failing tests are the task), tests = ["..."], python = "..."
NAME/workspace/     what the run gets, copied first; left out: an empty folder, for a task that begins from nothing
NAME/hidden/        files that are laid over its proposal; the tests in them say whether it is correct
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cattrs import Converter
from cattrs.errors import BaseValidationError
from cattrs.v import transform_error

from autogpt.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TASK = "task.toml"


@dataclass(frozen=True, slots=True)
class Asked:
    """A `task.toml`. Without `task` the failing tests are to be mended: those named in `tests`, or all."""

    task: str = ""
    tests: tuple[str, ...] = ()
    python: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One workspace with its task. `workspace` is None for an empty one, `hidden` where all tests are shown."""

    name: str
    asked: Asked
    workspace: Path | None
    hidden: Path | None


def load_cases(folder: Path) -> list[Case]:
    """The cases of a folder by name. Raise `UsageError` for a folder without any, or a case that cannot be read."""
    found = [_load(file.parent) for file in sorted(folder.glob(f"*/{TASK}"))]
    if not found:
        raise UsageError(
            f"{folder} holds no cases.", f"A case is a folder with {TASK} and workspace/; see `autogpt bench --help`."
        )
    return found


def _load(folder: Path) -> Case:
    file = folder / TASK
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        asked = Converter(forbid_extra_keys=True).structure(table, Asked)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error
    except BaseValidationError as error:
        raise UsageError(f"{file}: {'; '.join(transform_error(error))}.") from error
    workspace, hidden = folder / "workspace", folder / "hidden"
    if not workspace.is_dir() and not asked.task:
        raise UsageError(f"{folder} has no folder `workspace` and no task.", "Put what the run shall mend there.")
    found = [place if place.is_dir() else None for place in (workspace, hidden)]
    return Case(folder.name, asked, *found)


def write_elementary(folder: Path, count: int, seed: int = 1) -> None:
    """Tasks of families that no training sees, as cases: half of the checks are shown, the others are hidden."""
    from autogpt.training.curriculum import Task, all_families, tasks

    held_out = [family for family in all_families() if family.held_out]
    dice = random.Random(f"{seed}-elementary")
    variants = -(-count // len(held_out)) + 1  # some families have fewer
    by_family: dict[str, list[Task]] = {}
    for task in tasks(held_out, variants, dice):
        by_family.setdefault(task.family, []).append(task)
    rounds = [some[turn] for turn in range(variants) for some in by_family.values() if turn < len(some)]
    for number, task in enumerate(rounds[:count]):
        shown, hidden = task.checks[::2], task.checks[1::2]
        place = folder / f"{number:03d}-{task.family}"
        body = f"{task.header}    raise NotImplementedError\n"
        _write(place / "workspace" / "solution.py", body)
        _write(place / "workspace" / "test_solution.py", _tests(task.name, shown, "shown"))
        _write(place / "hidden" / "test_hidden.py", _tests(task.name, hidden or shown, "hidden"))
        _write(place / TASK, f'task = "Implement {task.name}"\n')


def _tests(name: str, checks: tuple[tuple[str, str], ...], label: str) -> str:
    parts = [f"from solution import {name}\n"]
    for index, (call, value) in enumerate(checks):
        parts.append(f"\n\ndef test_{label}_{index}():\n    assert {name}{call} == {value}\n")
    return "".join(parts)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
