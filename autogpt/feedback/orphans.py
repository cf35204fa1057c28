"""Ends what still runs in the sandboxes of processes of ours that were killed.

A test dies with whoever started it, but for one moment: when bubblewrap is killed just after it made the first process
of the sandbox, that process waits for ever for its parent's word.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

from autogpt.feedback.process import processes


def end_orphans(states: Path, is_alive: Callable[[int], bool]) -> list[int]:
    """SIGKILL to what mentions the sandbox of a dead process on its command line; their ids.

    `states` is the folder that holds the states of all workspaces. Linux only; elsewhere there is nothing to read.
    """
    ours = re.compile(re.escape(os.fsencode(states)) + rb"/[^/\0]+/sandbox/run-(\d+)-[0-9a-f]{8}")
    ended: list[int] = []
    for pid in processes():
        with contextlib.suppress(OSError):
            found = ours.search(Path(f"/proc/{pid}/cmdline").read_bytes())
            if found is not None and not is_alive(int(found[1])):
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)
    return ended
