"""The journal of a run: `events.jsonl`, appended and flushed event by event, so that a kill loses at most one line."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from io import RawIOBase
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from autogpt import paths, wire
from autogpt.errors import UsageError, WorkspaceError
from autogpt.events import Event, Record
from autogpt.state import RunState, advance, interrupted

LOOKING = 10.0
"""Seconds to wait for whoever else looks whether a run is alive, which takes no time unless that process is stopped."""


class Journal:
    """Writer of one run's journal. Holds a lock for as long as the run is alive, so that others can tell.

    Raise `UsageError` where the run is alive elsewhere, `WorkspaceError` where nothing can be written.
    """

    def __init__(self, workspace: Path, run: str) -> None:
        self.run = run
        self.folder = runs_folder(workspace) / run
        # A run may wait in one thread and be carried out in another.
        self._lock = FileLock(self.folder / "alive.lock", thread_local=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _looking(self.folder):
                self._lock.acquire(timeout=0)
            self._file = (self.folder / "events.jsonl").open("ab+", buffering=0)
        except Timeout:
            raise UsageError(f"Run {run} is still at work.", "Cancel it or wait for its end.") from None
        except OSError as error:
            self._lock.release()
            raise _unwritable(self.folder, error) from None
        if _is_torn(self._file):
            self._file.write(b"\n")
        self._lost = False
        self._seq = sum(1 for _ in read(self.folder))

    def write(self, event: Event) -> Record:
        """Append one event and hand it to the operating system.

        Raise `WorkspaceError` when the disk is full or gone, once: a run can still be told to its end.
        """
        record = Record(self.run, self._seq, time.time(), event)
        self._seq += 1
        try:
            self._file.write(wire.dump(wire.record_to_json(record)).encode() + b"\n")
        except OSError as error:
            if not self._lost:
                self._lost = True
                raise _unwritable(self.folder, error) from None
        return record

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        """Sync to disk and let go of the lock."""
        if not self._file.closed:
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
            self._file.close()
        self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unwritable(folder: Path, error: OSError) -> WorkspaceError:
    reason = f"The journal in {folder} cannot be written: {error.strerror}."
    return WorkspaceError(reason, "Free some space, or name another folder with AUTOGPT_STATE_HOME.")


def _is_torn(file: RawIOBase) -> bool:
    """Whether a crash left a last line without its end; what is appended must not be glued to it."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def new_run_id() -> str:
    """Eight hexadecimal digits: short enough to type."""
    return secrets.token_hex(4)


def runs_folder(workspace: Path) -> Path:
    return paths.workspace_state(workspace) / "runs"


def read(folder: Path) -> Iterator[Record]:
    """The records of a run's folder. A last line torn by a crash and events of a newer version are passed over."""
    try:
        lines = (folder / "events.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        data = _parse(line)
        if data is not None and (record := wire.record_from_json(data)) is not None:
            yield record


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line.decode("utf-8", "surrogateescape"))
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def state_of(folder: Path) -> RunState:
    """The state a journal tells. A journal without an end whose writer is gone is `interrupted`."""
    state = RunState(run=folder.name)
    for record in read(folder):
        state = advance(state, record)
    if state.status in ("queued", "running") and not is_alive(folder):
        reason = "The run was interrupted; `autogpt resume` goes on with it."
        state = interrupted(state, reason)
    return replace(state, applied=(folder / "applied.json").exists())


def is_alive(folder: Path) -> bool:
    """Whether some process still writes this run."""
    try:
        with _looking(folder), FileLock(folder / "alive.lock", timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _looking(folder: Path) -> FileLock:
    """For the moment in which `alive.lock` is looked at or taken: to look is to take it, and whoever else does so in
    that moment would find a run at work where there is none."""
    return FileLock(folder / "looking.lock", timeout=LOOKING)


def list_runs(workspace: Path) -> list[RunState]:
    """All runs of a workspace, newest first."""
    folders = [path for path in _children(runs_folder(workspace)) if (path / "events.jsonl").exists()]
    return sorted((state_of(folder) for folder in folders), key=lambda state: state.started, reverse=True)


def find_run(workspace: Path, run: str) -> Path:
    """The folder of a run by its id, an unambiguous beginning of it, or `last`. Raise `UsageError` otherwise."""
    names = sorted(path.name for path in _children(runs_folder(workspace)))
    if run == "last" and names:
        return runs_folder(workspace) / list_runs(workspace)[0].run
    found = [name for name in names if name == run] or [name for name in names if run and name.startswith(run)]
    if len(found) == 1:
        return runs_folder(workspace) / found[0]
    problem = f"Several runs begin with `{run}`: {', '.join(found)}." if found else f"There is no run `{run}` here."
    raise UsageError(problem, "`autogpt runs` lists the runs of this workspace.")


def _children(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []
