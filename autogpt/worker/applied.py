"""What an editor applied, on the same record as the command line's `apply`: enough to take it back, and no more."""

from __future__ import annotations

import json
from pathlib import Path

from autogpt import journal
from autogpt.agent import manage
from autogpt.errors import UsageError
from autogpt.git import applied, files
from autogpt.git.applied import Step
from autogpt.git.blocks import decoded
from autogpt.git.files import Content
from autogpt.git.text import encoded
from autogpt.worker.hunks import merge, same_text
from autogpt.worker.protocol import Applied, Clash, FileWrite, Planned, PlanRevert, RunRef, WriteFiles

HUNKS = "applied-hunks.json"
"""Beside the record: ids of the hunks that are in the files now."""


def record(done: Applied) -> None:
    """Remember what the editor wrote. Files that the worker wrote are on record already."""
    workspace, folder = _places(done.workspace, done.run)
    programs = _programs(done)
    for write in done.writes:
        if write.before is None and write.path in programs:
            files.allow_running(workspace, write.path)
    steps = [_step(workspace, write, programs) for write in done.writes if not write.raw]
    if steps:
        applied.note(steps, folder / manage.RECORD)
    _write_hunks(folder, {*_hunks(folder), *done.hunks})


def hunks(ref: RunRef) -> tuple[str, ...]:
    """Hunks that were applied and not taken back."""
    return tuple(sorted(_hunks(_places(ref.workspace, ref.run)[1])))


def plan_revert(asked: PlanRevert) -> Planned:
    """What to write so that the applied steps are gone, newest first, and later edits stay."""
    workspace, folder = _places(asked.workspace, asked.run)
    steps = applied.load(folder / manage.RECORD)
    if not steps:
        raise UsageError(f"Nothing of run {asked.run} was applied here.")
    texts: dict[str, str | None] = {}
    raw: set[str] = set()
    clashes: dict[str, Clash] = {}
    for step in reversed(steps):
        if not _is_text(step):
            raw.add(step.path)
            continue
        now = texts[step.path] if step.path in texts else _current(workspace, step.path, asked.current)
        texts[step.path], clash = _undo(step, now)
        if clash is not None:
            clashes.setdefault(step.path, clash)
    for path in [step.path for step in steps if step.before and step.before.executable and not step.after]:
        if texts.get(path) is not None and _current(workspace, path, asked.current) is None:
            raw.add(path)  # an editor would create the program anew without the permission to run it
            del texts[path]
    writes = [FileWrite(path, _current(workspace, path, asked.current), text) for path, text in texts.items()]
    whole = [FileWrite(path, None, None, raw=True) for path in sorted(raw)]
    return Planned((*writes, *whole), tuple(clashes.values()), hunks(RunRef(asked.run, asked.workspace)))


def forget(reverted: Applied) -> None:
    """These files were taken back."""
    workspace, folder = _places(reverted.workspace, reverted.run)
    gone = {write.path for write in reverted.writes}
    left = {step.path for step in applied.load(folder / manage.RECORD)} - gone
    applied.take_back(workspace, (), folder / manage.RECORD, kept=left)
    _write_hunks(folder, _hunks(folder) - set(reverted.hunks))


def write_back(asked: WriteFiles) -> list[str]:
    """Put files that no text edit can write back to what they were before the first step."""
    workspace, folder = _places(asked.workspace, asked.run)
    steps = applied.load(folder / manage.RECORD)
    first: dict[str, Content | None] = {}
    for step in reversed(steps):
        first[step.path] = step.before
    undo = [Step(path, files.read(workspace, path), first[path]) for path in asked.paths if path in first]
    applied.take_back(workspace, undo, folder / manage.RECORD, kept={step.path for step in steps} - set(asked.paths))
    return [step.path for step in undo]


def _places(workspace: str, run: str) -> tuple[Path, Path]:
    return Path(workspace), journal.find_run(Path(workspace), run)


def _programs(done: Applied) -> frozenset[str]:
    """Files that the editor deleted or made and that can be run: the disk does not tell, and no edit says so."""
    sides = {write.path: write.before is not None for write in done.writes if None in (write.before, write.after)}
    if not sides:
        return frozenset()
    with manage.opened(Path(done.workspace), done.run) as (_, store, state, folder):
        base, commit = manage.proposed(store, state, folder)
        return frozenset(path for path, gone in sides.items() if store.is_executable(base if gone else commit, path))


def _step(workspace: Path, write: FileWrite, programs: frozenset[str]) -> Step:
    there = files.read(workspace, write.path)
    disk = there.data if there else None
    program = there.executable if there else write.path in programs
    before, after = (
        None if text is None else Content(encoded(text, disk), program) for text in (write.before, write.after)
    )
    return Step(write.path, before, after)


def _is_text(step: Step) -> bool:
    sides = [side for side in (step.before, step.after) if side is not None]
    return all(not side.link and decoded(side.data) is not None for side in sides)


def _undo(step: Step, now: str | None) -> tuple[str | None, Clash | None]:
    before = decoded(step.before.data) if step.before else None
    after = decoded(step.after.data) if step.after else None
    if before is not None and after is not None and now is not None:
        merged = merge(step.path, after, before, now)
        clash = merged.conflicts[0] if merged.conflicts else None
        reason = "You changed the same lines after they were applied."
        return merged.text, Clash(step.path, reason, clash.line) if clash else None
    if now in (before, after) or (now is not None and after is not None and same_text(now, after)):
        return before, None
    return now, Clash(step.path, "The file was changed after it was applied.")


def _current(workspace: Path, path: str, opened: dict[str, str]) -> str | None:
    return opened[path] if path in opened else decoded(manage.read_file(workspace, path))


def _hunks(folder: Path) -> set[str]:
    try:
        return set(json.loads((folder / HUNKS).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return set()


def _write_hunks(folder: Path, ids: set[str]) -> None:
    fresh = folder / (HUNKS + ".new")
    fresh.write_text(json.dumps(sorted(ids)), encoding="utf-8")
    fresh.replace(folder / HUNKS)
