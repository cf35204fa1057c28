"""The worker's own process and what descends from it: nothing of it outlives the server."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from autogpt import paths
from autogpt.feedback.orphans import end_orphans


def own_session() -> None:
    """Become the leader of a session, so that one signal to the group reaches every child that stayed in it."""
    if sys.platform != "win32":
        with contextlib.suppress(PermissionError):  # already a leader
            os.setsid()


def end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent dies, should a stray copy of the control pipe hide its end."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def descendants(pid: int) -> list[int]:
    """All living processes below one, children before grandchildren. Empty where there is no /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything; the parent's id is the second field after it.
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, todo = list[int](), [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def end_own_sandboxes() -> None:
    """End what left our tree of processes because its parent, bubblewrap, was killed just when it had made it."""
    for _ in range(2):  # a process that is killed while it makes another one may be a moment ahead
        end_orphans(paths.state_home() / "workspaces", lambda pid: pid != os.getpid())
        time.sleep(0.02)


def kill_descendants(pid: int) -> int:
    """SIGKILL to everything below a process; how many there were."""
    found = descendants(pid)
    for child in found:
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
    return len(found)
