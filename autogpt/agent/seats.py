"""Places at which candidates are tested at the same time: a scratch tree and a runner each."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from autogpt.agent.bench import Ground, remember, remembered
from autogpt.feedback.base import TestRunner
from autogpt.feedback.report import Report
from autogpt.git.store import ScratchTree
from autogpt.models.base import Change
from autogpt.stop import Stop

MOST = 4
"""Seats at once; each holds a parent process of some 100 MB."""


@dataclass(frozen=True, slots=True)
class Seat:
    tree: ScratchTree
    runner: TestRunner


class Seats:
    """The first seat is that of the run itself; others are made when they are needed, and kept until `close`."""

    def __init__(self, ground: Ground, runner: TestRunner) -> None:
        self._ground = ground
        self._stack = contextlib.ExitStack()
        self._seats = [Seat(ground.tree, runner)]

    @property
    def count(self) -> int:
        """As many as there are processors for, within reason."""
        return max(1, min(MOST, os.cpu_count() or 1))

    def close(self) -> None:
        self._stack.close()

    def test(self, changes: Sequence[Change], tests: Sequence[str], *, timeout: float, stop: Stop) -> None:
        """Run these tests with each of the changes, as many at a time as there are seats, and remember the reports.

        Nothing is decided here: what fails to run is left to whoever asks for its report later.
        """
        left = [change for change in changes if remembered(self._ground, change, tests) is None]
        if min(self.count, len(left)) < 2:
            return
        queue, lock = iter(left), threading.Lock()
        found: list[tuple[Change, Report]] = []

        def work(seat: Seat) -> None:
            while not stop.requested:
                with lock:
                    change = next(queue, None)
                if change is None:
                    return
                with contextlib.suppress(Exception), seat.tree.lay(change):
                    found.append((change, seat.runner.run(seat.tree.workspace, tests, timeout=timeout, stop=stop)))

        with ThreadPoolExecutor(len(left)) as pool:
            list(pool.map(work, self._take(min(self.count, len(left)))))
        for change, report in found:
            remember(self._ground, change, tests, report)

    def _take(self, count: int) -> Iterator[Seat]:
        """Seats, each as soon as it is made, so that the first ones are at work meanwhile."""
        for number in range(count):
            if number == len(self._seats):
                tree = self._stack.enter_context(self._ground.store.tree(self._ground.snapshot.raw))
                runner = self._seats[0].runner.twin()
                self._stack.callback(runner.close)
                self._seats.append(Seat(tree, runner))
            yield self._seats[number]
