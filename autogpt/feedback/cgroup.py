"""Limits that hold for root too, by a control group of one run; where we may not make one, the run goes without."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import secrets
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")

JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"'
"""A shell that enters the groups it is given and then becomes the command."""


@contextlib.contextmanager
def limits_group(processes: int, memory: int) -> Generator[list[str]]:
    """A prefix for a command that is to be held to so many processes and bytes; empty where that cannot be done.

    Groups are kept for later runs of this process: to remove one takes longer than all the rest of a fence.
    """
    made = _taken(processes, memory) or _make(processes, memory)
    try:
        yield ["sh", "-c", JOIN, "join", *map(str, made), "--"] if made else []
    finally:
        if made and all(map(_is_empty, made)):
            with _lock:
                _kept.setdefault((processes, memory), []).append(made)
        else:
            _remove_all(made)


_kept: dict[tuple[int, int], list[list[Path]]] = {}
_lock = threading.Lock()


def _taken(processes: int, memory: int) -> list[Path]:
    """Groups of an earlier run with the same limits; none when they are all in use."""
    with _lock:
        kept = _kept.get((processes, memory))
        return kept.pop() if kept else []


def _make(processes: int, memory: int) -> list[Path]:
    if not _kept:
        atexit.register(_forget)
    made: list[Path] = []
    for parent, settings in _plan(processes, memory):
        group = parent / f"autogpt-{os.getpid()}-{secrets.token_hex(4)}"
        with contextlib.suppress(OSError):
            group.mkdir()
            made.append(group)
            for name, value in settings:
                (group / name).write_text(str(value))
    return made


def _is_empty(group: Path) -> bool:
    try:
        return not (group / "cgroup.procs").read_text().strip()
    except OSError:
        return False


def _forget() -> None:
    """At the end of this process. What one leaves that is killed, the next one prunes."""
    with _lock:
        for groups in _kept.values():
            for made in groups:
                _remove_all(made)
        _kept.clear()


def _remove_all(made: list[Path]) -> None:
    for group in made:
        _remove(group)


def _plan(processes: int, memory: int) -> list[tuple[Path, list[tuple[str, int]]]]:
    pids, bytes_ = _controllers()
    plan: list[tuple[Path, list[tuple[str, int]]]] = []
    if pids is not None and pids == bytes_:
        return [(pids, [("pids.max", processes), ("memory.max", memory)])]
    if pids is not None:
        plan.append((pids, [("pids.max", processes)]))
    if bytes_ is not None:
        plan.append((bytes_, [("memory.limit_in_bytes", memory)]))
    return plan


@functools.cache
def _controllers() -> tuple[Path | None, Path | None]:
    """Folders in which a group for processes and one for memory can be made: of one hierarchy, or of two older ones."""
    if os.name != "posix" or not hasattr(os, "getuid") or os.getuid() != 0:
        return None, None
    with contextlib.suppress(OSError):
        handed_on = (ROOT / "cgroup.subtree_control").read_text().split()
        if {"pids", "memory"} <= set(handed_on) and os.access(ROOT, os.W_OK):
            return ROOT, ROOT
    old = [ROOT / name if os.access(ROOT / name / "cgroup.procs", os.W_OK) else None for name in ("pids", "memory")]
    return old[0], old[1]


def prune_groups(is_alive: Callable[[int], bool]) -> None:
    """Remove empty groups whose maker was killed."""
    for parent in {folder for folder in _controllers() if folder is not None}:
        for group in parent.glob("autogpt-*-*"):
            owner = group.name.split("-")[1]
            if owner.isdigit() and not is_alive(int(owner)):
                with contextlib.suppress(OSError):
                    group.rmdir()


def _remove(group: Path) -> None:
    """A group can go once its last process is gone, which the kernel may take a moment for."""
    for _ in range(100):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)
        else:
            return
