"""The one way a run is asked to end: cancel, interrupt, deadline, budget. Checked between steps and while waiting."""

from __future__ import annotations

import threading
import time

from autogpt.errors import Stopped


class Stop:
    """Thread-safe. `deadline` is in `time.monotonic()` seconds; None is no limit."""

    def __init__(self, max_seconds: float = 0.0) -> None:
        self.deadline = time.monotonic() + max_seconds if max_seconds else None
        self._reason = ""
        self._cancelled = threading.Event()
        self._interrupted = False

    def cancel(self, reason: str = "Cancelled.") -> None:
        """Ask for the end; the first reason stays."""
        self._reason = self._reason or reason
        self._cancelled.set()

    def interrupt(self, reason: str) -> None:
        """Ask for the end because whoever started the run is gone: it is left to be resumed, not cancelled."""
        self._interrupted = not self._cancelled.is_set()
        self.cancel(reason)

    @property
    def requested(self) -> bool:
        """Whether the run should end now, for whatever reason."""
        return self._cancelled.is_set() or self.remaining() <= 0

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def interrupted(self) -> bool:
        """Whether the end was asked for by `interrupt`, and by no cancel before it."""
        return self._interrupted

    def remaining(self) -> float:
        """Seconds left, infinite without a deadline."""
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleep at most so long; True when the end was asked for meanwhile."""
        self._cancelled.wait(max(0.0, min(seconds, self.remaining())))
        return self.requested

    def check(self) -> None:
        """Raise `Stopped` if the run should end."""
        if self._cancelled.is_set():
            raise Stopped(self._reason, cancelled=True)
        if self.remaining() <= 0:
            raise Stopped("The time limit was reached (--max-seconds).", cancelled=False)
