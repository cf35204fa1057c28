"""What `apply` wrote, on record: enough to take it back, and to finish or undo it after a crash in the middle."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from autogpt.errors import WorkspaceError
from autogpt.git import files
from autogpt.git.files import Content

VERSION = 1
UNFINISHED = ".unfinished"
"""Added to the record's name while files are being written; one that is found later is the trace of a crash."""


@dataclass(frozen=True)
class Step:
    """One file before and after; None where it does not exist."""

    path: str
    before: Content | None
    after: Content | None


def carry_out(workspace: Path, steps: Sequence[Step], record: Path) -> None:
    """Do all steps or none, then add them to the record. Raise `WorkspaceError` if they cannot be done."""
    _do(workspace, steps, record, [*load(record), *steps])


def take_back(workspace: Path, steps: Sequence[Step], record: Path, *, kept: Collection[str]) -> None:
    """Do all steps or none, then leave in the record only the files in `kept`, or remove it."""
    _do(workspace, steps, record, [step for step in load(record) if step.path in kept])


def note(steps: Sequence[Step], record: Path) -> None:
    """Add steps that somebody else carried out, such as an editor with its own undo."""
    record.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(record):
        _save(record, [*load(record), *steps])


def load(record: Path) -> list[Step]:
    """The steps on record, oldest first; none if there is no record. Raise `WorkspaceError` for a damaged one."""
    try:
        data = json.loads(record.read_bytes())
        return [_step(item) for item in data["files"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(f"The record {record} cannot be read: {error}.", "Undo the change with git.") from None


def recover(workspace: Path, record: Path) -> bool:
    """Undo a write that a crash cut short: files that have the new content get the old one. True if there was one."""
    trace = record.with_name(record.name + UNFINISHED)
    if not trace.exists():
        return False
    with _only_one(record):
        _undo_trace(workspace, trace)
    return True


def _only_one(record: Path) -> FileLock:
    """Held while files are written, so that a write at work is not taken for one that crashed."""
    return FileLock(record.with_name(record.name + ".lock"), timeout=0)


def _undo_trace(workspace: Path, trace: Path) -> None:
    try:
        steps = load(trace)
    except WorkspaceError:
        steps = []  # cut off while the trace itself was written, before any file was
    for step in steps:
        now = files.read(workspace, step.path)
        if now != step.before and now == step.after:
            _put(workspace, step.path, step.before)
    _sweep(workspace, steps)
    trace.unlink(missing_ok=True)


def _do(workspace: Path, steps: Sequence[Step], record: Path, final: Sequence[Step]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _only_one(record):
            _do_alone(workspace, steps, record, final)
    except Timeout:
        raise WorkspaceError("The files of this run are being written already.", "Wait for its end.") from None


def _do_alone(workspace: Path, steps: Sequence[Step], record: Path, final: Sequence[Step]) -> None:
    trace = record.with_name(record.name + UNFINISHED)
    if trace.exists():
        _undo_trace(workspace, trace)
    staged: dict[str, str] = {}
    done: list[Step] = []
    new_folders: list[tuple[str, ...]] = []
    try:
        _save(trace, steps)
        for step in steps:
            if step.after is not None:
                new_folders.append(files.missing_folders(workspace, step.path))
                staged[step.path] = files.stage(workspace, step.path, step.after)
        for step in steps:
            done.append(step)
            if step.after is None:
                files.remove(workspace, step.path)
            else:
                files.place(workspace, staged.pop(step.path), step.path)
        _save(record, final)
    except BaseException as error:
        _undo(workspace, done, staged, new_folders)
        trace.unlink(missing_ok=True)
        if isinstance(error, OSError):
            where = f" {os.fsdecode(error.filename)}" if error.filename else ""
            reason = f"Nothing was written: {error.strerror or error}{where}."
            raise WorkspaceError(reason, "Check permissions and free space, then apply again.") from None
        raise
    trace.unlink(missing_ok=True)


def _undo(workspace: Path, done: Sequence[Step], staged: dict[str, str], folders: Sequence[tuple[str, ...]]) -> None:
    for step in reversed(done):
        with contextlib.suppress(OSError):
            if files.read(workspace, step.path) == step.after:
                _put(workspace, step.path, step.before)
    for path in staged.values():
        with contextlib.suppress(OSError):
            files.remove(workspace, path)
    for missing in folders:
        files.prune(workspace, missing)


def _put(workspace: Path, path: str, content: Content | None) -> None:
    if content is None:
        files.remove(workspace, path)
    else:
        files.write(workspace, path, content)


def _sweep(workspace: Path, steps: Sequence[Step]) -> None:
    """Remove what was staged beside these files."""
    for folder in {(workspace / step.path).parent for step in steps}:
        for left in folder.glob(files.TEMPORARY + "*"):
            with contextlib.suppress(OSError):
                left.unlink()


def _save(place: Path, steps: Sequence[Step]) -> None:
    """Write the record in one step, synced; without steps remove it."""
    if not steps:
        place.unlink(missing_ok=True)
        return
    text = json.dumps({"version": VERSION, "files": [_plain(step) for step in steps]})
    fresh = place.with_name(place.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)


def _plain(step: Step) -> dict[str, Any]:
    return {"path": step.path, "before": _packed(step.before), "after": _packed(step.after)}


def _packed(content: Content | None) -> dict[str, Any] | None:
    if content is None:
        return None
    return {
        "sha256": hashlib.sha256(content.data).hexdigest(),
        "base64": base64.b64encode(content.data).decode("ascii"),
        "executable": content.executable,
        "link": content.link,
    }


def _step(item: Any) -> Step:
    return Step(str(item["path"]), _unpacked(item["before"]), _unpacked(item["after"]))


def _unpacked(item: Any) -> Content | None:
    if item is None:
        return None
    return Content(base64.b64decode(item["base64"]), bool(item["executable"]), bool(item["link"]))
