"""Requests to answers: one function per method, each in a thread of a small pool so that none waits for another."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from autogpt import __version__, config, journal, wire
from autogpt.errors import AutogptError, UsageError
from autogpt.state import RunState
from autogpt.worker import protocol
from autogpt.worker.runs import Job, Runs, kind_of
from autogpt.worker.streams import Lines

log = logging.getLogger(__name__)
T = TypeVar("T")

LET_GO = 5.0
"""Seconds for a run to close its journal after it told its end."""


class Service:
    """The worker behind one control pipe."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="request")
        self._started = time.time()
        self.runs = Runs(
            event=lambda record: self._tell(protocol.EVENT, wire.record_to_json(record)),
            queued=lambda queued: self._tell(protocol.QUEUED, asdict(queued)),
            failed=lambda failed: self._tell(protocol.FAILED, asdict(failed)),
        )
        self._methods: dict[str, Callable[[Any], Any]] = {
            "hello": self._hello,
            "start": self._start,
            "resume": self._resume,
            "cancel": self._cancel,
            "steer": self._steer,
            "get": self._get,
            "list": self._list,
            "diff": self._diff,
            "text": self._text,
            "hunks": self._hunks,
            "plan": self._plan,
            "applied": self._applied,
            "write": self._write,
            "plan_revert": self._plan_revert,
            "reverted": self._reverted,
            "discard": self._discard,
            "doctor": self._doctor,
            "models": self._models,
            "info": self._info,
        }
        # What changes the table of runs is done in the order it was said; the rest may overtake.
        self._in_order = frozenset({"hello", "start", "resume", "cancel", "steer"})

    def serve(self) -> None:
        """Answer until the other side is gone."""
        for line in self._lines.read():
            try:
                request = json.loads(line.decode("utf-8", "surrogateescape"))
                number, method = request["id"], request["method"]
            except (ValueError, KeyError, TypeError):
                log.error("not a request: %r", line[:200])
                continue
            if method in self._in_order:
                self._answer(number, method, request.get("params"))
            else:
                self._pool.submit(self._answer, number, method, request.get("params"))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, number: Any, method: str, params: Any) -> None:
        try:
            handler = self._methods.get(method)
            if handler is None:
                raise UsageError(f"The worker knows no method `{method}`.")
            self._lines.write({"id": number, "result": handler(params)})
        except AutogptError as error:
            self._fail(number, kind_of(error), str(error), error.hint)
        except Exception as error:  # the boundary: one request may fail, the worker goes on
            log.exception("%s", method)
            self._fail(number, "internal", f"Internal error: {type(error).__name__}: {error}", "")

    def _fail(self, number: Any, kind: str, message: str, hint: str) -> None:
        self._lines.write({"id": number, "error": {"kind": kind, "message": message, "hint": hint}})

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._lines.write({"method": method, "params": params})

    def _hello(self, params: Any) -> Any:
        hello = wire.structure(params, protocol.Hello)
        self.runs.max_runs = hello.max_runs or self.runs.max_runs
        self.runs.max_queued = hello.max_queued
        return {"protocol": protocol.VERSION, **self._info(None)}

    def _start(self, params: Any) -> Any:
        start = wire.structure(params, protocol.Start)
        settings = config.load(Path(start.task.workspace), start.options).settings
        self.runs.start(Job(start.run, start.task, settings))
        return {"run": start.run}

    def _resume(self, params: Any) -> Any:
        from autogpt.agent.run import resumable

        resume = wire.structure(params, protocol.Resume)
        workspace = Path(resume.workspace)
        today = config.load(workspace, resume.options).settings
        task, settings = resumable(workspace, resume.run, today, resume.changed, resume.unsaved)
        self.runs.start(Job(resume.run, task, settings, resume=True))
        return {"run": resume.run}

    def _cancel(self, params: Any) -> Any:
        ref = wire.structure(params, protocol.RunRef)
        return {"cancelled": self.runs.cancel(ref.run, ref.reason)}

    def _steer(self, params: Any) -> Any:
        steer = wire.structure(params, protocol.Steer)
        return {"heard": self.runs.steer(steer.run, steer.message)}

    def _get(self, params: Any) -> Any:
        ref = wire.structure(params, protocol.RunRef)
        return state_to_json(journal.state_of(journal.find_run(Path(ref.workspace), ref.run)))

    def _list(self, params: Any) -> Any:
        places = wire.structure(params, protocol.Places)
        states = [(place, state) for place in places.workspaces for state in journal.list_runs(Path(place))]
        return {"runs": [{"workspace": place, **state_to_json(state, diff=False)} for place, state in states]}

    def _diff(self, params: Any) -> Any:
        from autogpt.agent import manage

        diff = wire.structure(params, protocol.Diff)
        return {"diff": manage.diff(Path(diff.workspace), diff.run, diff.paths)}

    def _text(self, params: Any) -> Any:
        from autogpt.worker import proposals

        return {"text": proposals.text(wire.structure(params, protocol.Text))}

    def _hunks(self, params: Any) -> Any:
        from autogpt.worker import applied, proposals

        ref = wire.structure(params, protocol.RunRef)
        return {"hunks": [asdict(hunk) for hunk in proposals.hunks(ref)], "applied": list(applied.hunks(ref))}

    def _plan(self, params: Any) -> Any:
        from autogpt.worker import proposals

        return asdict(proposals.plan(wire.structure(params, protocol.Plan)))

    def _applied(self, params: Any) -> Any:
        from autogpt.worker import applied

        applied.record(wire.structure(params, protocol.Applied))
        return {}

    def _write(self, params: Any) -> Any:
        from autogpt.worker import proposals

        return {"written": proposals.write(wire.structure(params, protocol.WriteFiles))}

    def _plan_revert(self, params: Any) -> Any:
        from autogpt.worker import applied

        return asdict(applied.plan_revert(wire.structure(params, protocol.PlanRevert)))

    def _reverted(self, params: Any) -> Any:
        from autogpt.worker import applied

        applied.forget(wire.structure(params, protocol.Applied))
        return {}

    def _discard(self, params: Any) -> Any:
        from autogpt.agent import manage

        ref = wire.structure(params, protocol.RunRef)
        self.runs.wait(ref.run, LET_GO)
        return state_to_json(manage.discard(Path(ref.workspace), ref.run))

    def _doctor(self, params: Any) -> Any:
        from autogpt.agent.diagnosis import diagnose_all

        places = wire.structure(params, protocol.Places)
        found = {
            place: [asdict(item) for item in diagnose_all(Path(place), config.load(Path(place), places.options))]
            for place in places.workspaces
        }
        return {"findings": found}

    def _models(self, params: Any) -> Any:
        from autogpt.models.registry import list_models

        places = wire.structure(params, protocol.Places)
        workspace = Path(places.workspaces[0]) if places.workspaces else None
        settings = config.load(workspace, places.options).settings
        return {"models": [asdict(model) for model in list_models(settings, workspace)], "current": settings.model}

    def _info(self, params: Any) -> Any:
        import os
        import sys

        return {
            "version": __version__,
            "python": sys.executable,
            "python_version": ".".join(map(str, sys.version_info[:3])),
            "pid": os.getpid(),
            "started": self._started,
            "max_runs": self.runs.max_runs,
            "runs": list(self.runs.at_work()),
        }


def state_to_json(state: RunState, *, diff: bool = True) -> dict[str, Any]:
    """A state for the wire; without its diff where many are listed."""
    return asdict(state if diff else replace(state, diff=""))
