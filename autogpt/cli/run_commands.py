"""The commands that work: implement, fix, refine, resume."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import click

from autogpt import wire
from autogpt.cli.options import existing, run_options, settings_of
from autogpt.config import Settings
from autogpt.errors import UsageError
from autogpt.stop import Stop
from autogpt.task import Comment, Position, Range, Target, Task


@click.command()
@click.argument("task")
@click.option("--at", metavar="PATH[:LINE]", help="The file, or the function at a line, that the task is about.")
@run_options
def implement(task: str, at: str | None, workspace: Path, as_json: bool, **options: Any) -> int:
    """Do what TASK says. With the built-in model: fill in an unfinished function that tests call."""
    folder = existing(workspace)
    target = _target(at, folder) if at else None
    return _run(Task("implement", str(folder), text=task, target=target), as_json, settings_of(folder, options))


@click.command()
@click.argument("tests", nargs=-1, metavar="[TEST]...")
@run_options
def fix(tests: tuple[str, ...], workspace: Path, as_json: bool, **options: Any) -> int:
    """Turn failing tests green: the TESTs named (ids, files or folders), or all that fail."""
    folder = existing(workspace)
    return _run(Task("fix", str(folder), tests=tests), as_json, settings_of(folder, options))


@click.command()
@click.argument("run")
@click.argument("comment")
@run_options
def refine(run: str, comment: str, workspace: Path, as_json: bool, **options: Any) -> int:
    """Another round on the branch of RUN, from what COMMENT asks for."""
    from autogpt import journal

    folder = existing(workspace)
    parent = journal.state_of(journal.find_run(folder, run))
    text = parent.task.text if parent.task else ""
    task = Task("refine", str(folder), text=text, parent=parent.run, comments=(Comment(comment),))
    return _run(task, as_json, settings_of(folder, options))


@click.command()
@click.argument("run", default="last")
@run_options
def resume(run: str, workspace: Path, as_json: bool, **options: Any) -> int:
    """Go on with RUN (the last one if none is named), which was interrupted, with the settings it had."""
    from autogpt import journal
    from autogpt.agent.run import resumable

    folder = existing(workspace)
    task, settings = resumable(folder, run, settings_of(folder, {}), options)
    return _run(task, as_json, settings, run_id=journal.find_run(folder, run).name)


def _target(at: str, folder: Path) -> Target:
    path, line = (match[1], int(match[2])) if (match := re.fullmatch(r"(.+):(\d+)", at)) else (at, 0)
    absolute = folder / path
    if not absolute.is_file():
        raise UsageError(f"There is no file {path} in {folder}.", "Give --at as PATH or PATH:LINE.")
    place = Position(line - 1, 0)
    try:
        relative = absolute.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"{path} is outside the workspace {folder}.") from None
    return Target(relative, Range(place, place) if line else None)


def _run(task: Task, as_json: bool, settings: Settings, run_id: str = "") -> int:
    from autogpt.agent.run import run
    from autogpt.cli.progress import progress_to
    from autogpt.cli.summary import print_result

    stop = Stop(settings.max_seconds)
    with cancelled_by_interrupt(stop), progress_to(sys.stderr if as_json else sys.stdout) as show:
        result = run(task, settings, emit=show, stop=stop, run_id=run_id, resume=bool(run_id))
    if as_json:
        click.echo(wire.dump(wire.result_to_json(result)))
    else:
        print_result(result, Path(task.workspace))
    return result.exit_code


@contextlib.contextmanager
def cancelled_by_interrupt(stop: Stop) -> Generator[None]:
    """Ctrl-C (or SIGTERM) asks the run to end and keeps its best; a second one ends the program at once."""

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.cancelled:
            raise KeyboardInterrupt
        stop.cancel("Cancelled.")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
