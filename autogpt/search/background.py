"""Runs a generator that thinks for long between two results in a thread, so that others are tried meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

AHEAD = 64
"""Results that wait to be taken before the thread pauses."""


class Background(Generic[T]):
    """`ready` gives the next result if there is one; `ended` says that no more will come."""

    def __init__(self, source: Iterable[T]) -> None:
        self._queue: queue.Queue[T] = queue.Queue(AHEAD)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(source,), daemon=True)
        self._thread.start()

    def _work(self, source: Iterable[T]) -> None:
        for result in source:
            while not self._closed.is_set():
                try:
                    self._queue.put(result, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if self._closed.is_set():
                return

    def ready(self) -> T | None:
        """The next result, without waiting."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive() and self._queue.empty()

    def close(self) -> None:
        """Let the thread end after the result it is at."""
        self._closed.set()
