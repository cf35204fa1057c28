"""The Python interface: one class, the same results as the command line."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from autogpt import config
from autogpt.events import Event, Record
from autogpt.result import Result
from autogpt.stop import Stop
from autogpt.task import Target, Task, UnsavedText


class AutoGPT:
    """An agent with a model. Every setting of `autogpt.config.Settings` may be given by name.

    >>> AutoGPT(model="builtin").settings(".").model
    'builtin'
    """

    def __init__(self, model: str | None = None, *, endpoint: str | None = None, **options: Any) -> None:
        self._options: dict[str, Any] = {"model": model, "endpoint": endpoint, **options}

    def settings(self, workspace: str | os.PathLike[str] | None = None) -> config.Settings:
        """The settings that a run in this workspace would have."""
        return config.load(Path(workspace) if workspace is not None else None, self._options).settings

    def implement(
        self,
        task: str,
        workspace: str | os.PathLike[str] = ".",
        *,
        target: Target | None = None,
        unsaved: Sequence[UnsavedText] = (),
        on_event: Callable[[Event], None] | None = None,
    ) -> Result:
        """Do what `task` says on a scratch branch; the result of `--json`. Raises `autogpt.errors.AutogptError`."""
        folder = str(Path(workspace).absolute())
        return self._run(Task("implement", folder, task, target=target, unsaved=tuple(unsaved)), on_event)

    def fix(
        self,
        tests: Sequence[str] = (),
        workspace: str | os.PathLike[str] = ".",
        *,
        on_event: Callable[[Event], None] | None = None,
    ) -> Result:
        """Turn failing tests green: those named, or all."""
        return self._run(Task("fix", str(Path(workspace).absolute()), tests=tuple(tests)), on_event)

    def stream(self, task: Task, stop: Stop | None = None) -> Iterator[Event]:
        """The events of a run as they happen; the last one is `RunEnded`, unless `stop` says that it is interrupted.

        Closing the iterator cancels the run.
        """
        from autogpt.agent.run import run

        settings = self.settings(task.workspace)
        stop = stop or Stop(settings.max_seconds)
        events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                run(task, settings, emit=lambda record: events.put(record.event), stop=stop)
            except BaseException as error:  # handed to the consumer, who is in another thread
                events.put(error)
            events.put(None)  # a run that was interrupted, to be resumed, has no `RunEnded`

        worker = threading.Thread(target=work, name="autogpt-run", daemon=True)
        worker.start()
        try:
            while True:
                item = events.get()
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    return
                yield item
        finally:
            stop.cancel()
            worker.join()

    def generate_code(self, task: str) -> str:
        """Text of code for a task, without a workspace. Raises `ModelError` when the model cannot write it."""
        from autogpt.agent.generate import generate_code

        return generate_code(task, self.settings())

    def _run(self, task: Task, on_event: Callable[[Event], None] | None) -> Result:
        from autogpt.agent.run import run

        def emit(record: Record) -> None:
            if on_event is not None:
                on_event(record.event)

        return run(task, self.settings(task.workspace), emit=emit)
