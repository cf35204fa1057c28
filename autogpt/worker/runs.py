"""Runs at work: each in a thread of its own, at most so many at once, the rest in a line with an end."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autogpt import config
from autogpt.config import Settings
from autogpt.errors import AutogptError, EnvironmentNotFound, ModelError, UsageError, WorkspaceError
from autogpt.events import Record, RunEnded, RunQueued
from autogpt.journal import Journal
from autogpt.result import Result
from autogpt.stop import Stop
from autogpt.task import Task
from autogpt.worker.protocol import ErrorKind, Failed, Queued

log = logging.getLogger(__name__)


class Busy(AutogptError):
    """So many runs wait already that one more would not be served in reasonable time."""


@dataclass(slots=True)
class Job:
    run: str
    task: Task
    settings: Settings
    resume: bool = False
    journal: Journal | None = None
    """Open from the moment that the run is taken on, so that nobody loses it and nobody else goes on with it."""
    stop: Stop = field(default_factory=Stop)
    messages: deque[str] = field(default_factory=deque[str])
    thread: threading.Thread | None = None

    def heard(self) -> tuple[str, ...]:
        """Messages of the person since the last call."""
        said: list[str] = []
        while self.messages:
            said.append(self.messages.popleft())
        return tuple(said)


class Runs:
    """Starts, queues and cancels. `event`, `queued` and `failed` are called from the runs' threads."""

    def __init__(
        self,
        *,
        event: Callable[[Record], None],
        queued: Callable[[Queued], None],
        failed: Callable[[Failed], None],
    ) -> None:
        self.max_runs = max(1, (os.cpu_count() or 2) // 2)
        self.max_queued = 32
        self._event, self._queued, self._failed = event, queued, failed
        self._lock = threading.Lock()
        self._active: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._closed = False

    def start(self, job: Job) -> None:
        """Begin now or later; from here on the run is on record.

        Raise `Busy` when the line is full, `UsageError` when the run is at work already, `WorkspaceError` when it
        cannot be put on record.
        """
        with self._lock:
            if self._closed:
                raise Busy("The worker is about to end.")
            if job.run in self._active or any(other.run == job.run for other in self._waiting):
                raise UsageError(f"Run {job.run} is at work already.")
            free = len(self._active) < self.max_runs
            if not free and len(self._waiting) >= self.max_queued:
                raise Busy(f"{len(self._waiting)} runs are waiting already.", "Cancel one, or wait for an end.")
            job.journal = Journal(Path(job.task.workspace), job.run)
            self._event(job.journal.write(RunQueued(job.task, config.recorded(job.settings))))
            if free:
                self._begin(job)
                return
            self._waiting.append(job)
            ahead = len(self._active) + len(self._waiting) - 1
        self._queued(Queued(job.run, ahead))

    def cancel(self, run: str, reason: str) -> bool:
        """Ask a run to end; False when it is not at work."""
        with self._lock:
            job = self._active.get(run)
            waiting = next((other for other in self._waiting if other.run == run), None)
            if waiting is not None:
                self._waiting.remove(waiting)
        if job is not None:
            job.stop.cancel(reason)
        if waiting is not None:
            self._not_begun(waiting, Failed(run, "cancelled", reason))
        return job is not None or waiting is not None

    def wait(self, run: str, timeout: float) -> None:
        """Wait at most so many seconds until a run that told its end has let go of its journal, too."""
        with self._lock:
            job = self._active.get(run)
        if job is not None and job.thread is not None:
            job.thread.join(timeout)

    def steer(self, run: str, message: str) -> bool:
        """Leave a message for the next step; False when the run is not at work."""
        with self._lock:
            jobs = (self._active.get(run), *(job for job in self._waiting if job.run == run))
        for job in jobs:
            if job is not None:
                job.messages.append(message)
                return True
        return False

    def at_work(self) -> tuple[str, ...]:
        with self._lock:
            return (*self._active, *(job.run for job in self._waiting))

    def close(self, reason: str, timeout: float) -> bool:
        """Interrupt everything and wait at most `timeout` seconds for all together; whether all ended.

        What is interrupted, or still waited, can be resumed by a later worker.
        """
        with self._lock:
            self._closed = True
            jobs = list(self._active.values())
            for job in self._waiting:
                _let_go(job)
            self._waiting.clear()
        for job in jobs:
            job.stop.interrupt(reason)
        deadline = time.monotonic() + timeout
        for job in jobs:
            if job.thread is not None:
                job.thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            return not self._active

    def _begin(self, job: Job) -> None:
        self._active[job.run] = job
        job.thread = threading.Thread(target=self._work, args=(job,), name=f"run-{job.run}", daemon=True)
        job.thread.start()

    def _work(self, job: Job) -> None:
        try:
            self._run(job)
        except AutogptError as error:
            self._not_begun(job, Failed(job.run, kind_of(error), str(error), error.hint))
        except Exception as error:  # the boundary: a fault in one run must not take the others along
            log.exception("run %s", job.run)
            self._not_begun(job, Failed(job.run, "internal", f"Internal error: {type(error).__name__}: {error}"))
        finally:
            _let_go(job)
            with self._lock:
                self._active.pop(job.run, None)
                following = self._waiting.popleft() if self._waiting and not self._closed else None
                if following is not None:
                    self._begin(following)

    def _run(self, job: Job) -> None:
        from autogpt.agent.run import run

        job.stop.deadline = Stop(job.settings.max_seconds).deadline
        run(
            job.task,
            job.settings,
            emit=self._event,
            stop=job.stop,
            steering=job.heard,
            run_id=job.run,
            resume=job.resume,
            opened=job.journal,
        )

    def _not_begun(self, job: Job, failed: Failed) -> None:
        """Give a run that did not begin its end; one that did not go on stays interrupted, and it is said why."""
        try:
            if job.journal is not None and not job.journal.closed and not job.resume:
                status = "cancelled" if failed.kind == "cancelled" else "error"
                result = Result(job.run, status, f"{failed.message} {failed.hint}".strip(), model=job.settings.model)
                self._event(job.journal.write(RunEnded(result)))
                return
        except AutogptError:
            log.exception("the end of run %s", job.run)
        finally:
            _let_go(job)
        self._failed(failed)


def _let_go(job: Job) -> None:
    if job.journal is not None:
        job.journal.close()


_KINDS: tuple[tuple[type[AutogptError], ErrorKind], ...] = (
    (Busy, "busy"),
    (UsageError, "usage"),
    (WorkspaceError, "workspace"),
    (EnvironmentNotFound, "environment"),
    (ModelError, "model"),
)


def kind_of(error: AutogptError) -> ErrorKind:
    """Who must act, as one word of the protocol."""
    for cls, kind in _KINDS:
        if isinstance(error, cls):
            return kind
    return "internal"
