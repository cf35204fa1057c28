"""Records in the background which lines of the base its tests run, while a model thinks about the first change."""

from __future__ import annotations

import contextlib
import os
import threading

from autogpt.agent.bench import Ground
from autogpt.feedback.base import TestRunner
from autogpt.feedback.contexts import Contexts
from autogpt.stop import Stop

WORTHWHILE = 3.0
"""Seconds that the whole suite takes, from which on knowing the way of its tests saves more than it costs."""
SLOWER = 10.0
"""Times as long as without that a recorded run may take before it is given up."""


class Recording:
    """`contexts` is there once the run has ended well, and never waited for."""

    def __init__(self, ground: Ground, runner: TestRunner, seconds: float) -> None:
        self.contexts: Contexts | None = None
        self._stop = Stop(SLOWER * seconds)
        self._thread = threading.Thread(target=self._record, args=(ground, runner.twin(), SLOWER * seconds))
        self._thread.daemon = True
        self._thread.start()

    def _record(self, ground: Ground, runner: TestRunner, timeout: float) -> None:
        with contextlib.suppress(Exception), contextlib.closing(runner), ground.store.tree(ground.snapshot.raw) as tree:
            self.contexts = runner.record(tree.workspace, timeout=timeout, stop=self._stop)

    def wait(self, seconds: float) -> None:
        """For whoever has nothing else to do."""
        self._thread.join(seconds)

    def close(self) -> None:
        """End it, with its tests and its tree."""
        self._stop.cancel()
        self._thread.join(10.0)


def is_worth_it(ground: Ground, seconds: float) -> bool:
    """Whether there is a processor to spare, and enough tests; the built-in search takes all the processors itself."""
    is_idle = ground.settings.model not in ("builtin", "search") and (os.cpu_count() or 1) > 1
    return is_idle and seconds >= WORTHWHILE
