"""`python -m autogpt.worker`: serve until the control pipe ends, then leave nothing behind."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from types import FrameType

from autogpt.worker.processes import end_own_sandboxes, end_with_parent, kill_descendants, own_session
from autogpt.worker.service import Service
from autogpt.worker.streams import Lines

GRACE = 0.5
"""Seconds for interrupted runs to stop their tests and to clean up; what they kept is on their branches already."""


def main() -> None:
    """Never returns: the process ends with what descends from it, whatever threads still do."""
    lines = Lines.guarded()
    own_session()
    end_with_parent()
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    service = Service(lines)
    once = threading.Lock()

    def leave(reason: str) -> None:
        if once.acquire(blocking=False):
            service.runs.close(reason, GRACE)
            kill_descendants(os.getpid())
            end_own_sandboxes()
            os._exit(0)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=leave, args=("The worker was told to end.",)).start()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    service.serve()
    leave("The editor is gone.")
    threading.Event().wait()  # another thread is leaving already


if __name__ == "__main__":
    main()
