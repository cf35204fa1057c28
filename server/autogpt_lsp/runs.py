"""The runs of this server: begun, told, ended. The worker speaks, the table listens, the features hear from it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autogpt import wire
from autogpt.errors import AutogptError, UsageError
from autogpt.events import Event, RunEnded, RunQueued, RunStarted, SearchProgressed, SuspectsFound, TestsRan
from autogpt.state import RunState, advance
from autogpt.task import Task, UnsavedText
from autogpt.worker import protocol
from autogpt_lsp.states import Entry, FileProposal, state_from_json
from autogpt_lsp.worker import Worker, WorkerLost

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two notifications about one run."""
LOOK = 2.0
"""Seconds between two looks at a run that another process is at work on, which tells nobody here of it."""


class Runs:
    """`changed(entry)` is called at most a few times a second per run and at its end, `begun(entry)` once."""

    def __init__(self) -> None:
        self.worker = Worker(self._heard, self._worker_lost)
        self.entries: dict[str, Entry] = {}
        self.begun: list[Callable[[Entry], None]] = []
        self.changed: list[Callable[[Entry], None]] = []
        self.lost: list[Callable[[str, list[Entry]], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, task: Task, options: dict[str, Any]) -> Entry:
        """A new run, queued. Its id is known at once; whether it can be done is told by its state."""
        run = secrets.token_hex(4)
        entry = Entry(Path(task.workspace), RunState(run=run, task=task), step="Starting")
        self.entries[run] = entry
        self._tell_begun(entry)
        self._keep(self._ask_start(entry, "start", protocol.Start(run, task, options)))
        return entry

    async def resume(
        self, run: str, *, options: dict[str, Any], changed: dict[str, Any], unsaved: tuple[UnsavedText, ...]
    ) -> Entry:
        """Go on with an interrupted run: see `Resume`. Raise `UsageError` when there is nothing to go on with."""
        entry = await self.find(run)
        await self._check_ours(entry)
        if entry.at_work:
            return entry
        if entry.state.status != "interrupted":
            raise UsageError(f"Run {entry.run} is {entry.state.status}, so there is nothing to resume.")
        entry.state = replace(entry.state, status="queued", reason="")
        entry.step, entry.own, entry.recorded, entry.ended = "Resuming", True, True, asyncio.Event()
        entry.proposal = {}
        self._tell_begun(entry)
        request = protocol.Resume(entry.run, str(entry.root), options, changed, unsaved)
        self._keep(self._ask_start(entry, "resume", request))
        return entry

    async def cancel(self, run: str, reason: str) -> Entry:
        """The one way to cancel, whatever the route. An ended run stays as it is."""
        entry = await self.find(run)
        await self._check_ours(entry)
        if entry.at_work:
            entry.step = "Cancelling"
            self.tell(entry, now=True)
            answer = await self.worker.ask("cancel", protocol.RunRef(entry.run, str(entry.root), reason))
            if not answer.get("cancelled") and entry.at_work:
                entry.end("cancelled", reason)
                self.tell(entry, now=True)
        return entry

    async def steer(self, run: str, message: str) -> None:
        entry = await self.find(run)
        await self._check_ours(entry)
        answer = entry.at_work and await self.worker.ask("steer", protocol.Steer(entry.run, message))
        if not answer or not answer.get("heard"):
            raise UsageError(f"Run {entry.run} is {entry.state.status}, so nothing can be said to it.", "Refine it.")

    async def find(self, run: str, roots: Iterable[Path] = ()) -> Entry:
        """A run by its id, also one of an earlier server. Raise `UsageError` for an unknown one."""
        entry = self.entries.get(run)
        if entry is None and roots:
            await self.list(roots)
            entry = self.entries.get(run)
        if entry is None:
            raise UsageError(f"There is no run `{run[:40]}` here.")
        return entry

    async def list(self, roots: Iterable[Path]) -> list[Entry]:
        """All runs of these workspaces, newest first; those at work here as they are now."""
        places = tuple(str(root) for root in roots)
        for place, state in await self._on_record(places):
            entry = self.entries.setdefault(state.run, Entry(Path(place), state, own=False))
            self._take(entry, state)
            if not entry.own and entry.at_work and not entry.followed:
                entry.followed = True
                self._keep(self._follow(entry))
        found = [entry for entry in self.entries.values() if str(entry.root) in places]
        return sorted(found, key=lambda entry: entry.state.started, reverse=True)

    async def _on_record(self, places: tuple[str, ...]) -> list[tuple[str, RunState]]:
        """Workspace and state of every journal, as the worker reads them, or the server itself if there is none."""
        if not self.worker.broken:
            try:
                answer = await self.worker.ask("list", protocol.Places(places))
            except WorkerLost as error:
                log.warning("listing without a worker: %s", error)
            else:
                return [(str(data["workspace"]), state_from_json(data)) for data in answer["runs"]]
        return await asyncio.to_thread(_read_journals, places)

    def _take(self, entry: Entry, state: RunState) -> None:
        """What a journal says of a run, unless it is one of ours, of which the worker says more."""
        if not entry.own:
            entry.state = state
            if not entry.at_work:
                entry.ended.set()

    async def _follow(self, entry: Entry) -> None:
        """Look at a run of another process until it has ended: of an earlier window, or of a terminal."""
        while not entry.own and entry.at_work:
            await asyncio.sleep(LOOK)
            await self._look(entry)
        entry.followed = False

    async def _look(self, entry: Entry) -> None:
        before = entry.state
        try:
            self._take(entry, await asyncio.to_thread(_read_journal, entry.root, entry.run))
        except UsageError:  # there is no journal any more
            entry.discarded = True
            entry.end("cancelled", "It was discarded elsewhere.")
            self.entries.pop(entry.run, None)
        if entry.state != before:
            self.tell(entry, now=not entry.at_work)

    async def _check_ours(self, entry: Entry) -> None:
        """Raise `UsageError` for a run that another process is at work on, as it is at this moment."""
        if entry.at_work and not entry.own:
            await self._look(entry)
        if entry.at_work and not entry.own:
            where = "in another window or in a terminal"
            raise UsageError(f"Run {entry.run} is at work {where}.", "Wait for its end, or cancel it there.")

    async def load_proposal(self, entry: Entry) -> None:
        """Fetch texts and hunks of what an ended run proposes, once."""
        if entry.proposal or entry.at_work or not entry.state.commit:
            return
        place = str(entry.root)
        answer = await self.worker.ask("hunks", protocol.RunRef(entry.run, place))
        by_path: dict[str, list[protocol.Hunk]] = {stat.path: [] for stat in entry.state.files}
        for data in answer["hunks"]:
            hunk = wire.structure(data, protocol.Hunk)
            by_path.setdefault(hunk.path, []).append(hunk)
        entry.applied |= set(answer.get("applied", ()))
        for path, hunks in by_path.items():
            base, new = [
                (await self.worker.ask("text", protocol.Text(entry.run, place, side, path)))["text"]
                for side in ("base", "new")
            ]
            entry.proposal[path] = FileProposal(path, base, new, tuple(hunks))

    async def discard(self, entry: Entry) -> None:
        """Cancel if need be, then delete branch and journal."""
        if entry.at_work:
            await self.cancel(entry.run, "Discarded.")
            await asyncio.wait_for(entry.ended.wait(), 10)
        if entry.recorded or not entry.own:
            await self.worker.ask("discard", protocol.RunRef(entry.run, str(entry.root)))
        entry.discarded = True
        self.tell(entry, now=True)
        self.entries.pop(entry.run, None)

    async def close(self, reason: str) -> None:
        """The client is gone: every run is interrupted, to be resumed by a later server, and the worker ends."""
        for entry in self.entries.values():
            self._hold(entry)
        await self.worker.close()
        for entry in self.entries.values():
            if entry.own and entry.at_work:
                self._break_off(entry, reason)

    def tell(self, entry: Entry, *, now: bool = False) -> None:
        """Let the features hear of a change, soon and not too often."""
        clock = asyncio.get_running_loop()
        wait = entry.told + INTERVAL - clock.time()
        if now or wait <= 0:
            self._hold(entry)
            entry.told = clock.time()
            for listener in self.changed:
                listener(entry)
        elif entry.timer is None:
            entry.timer = clock.call_later(wait, lambda: self.tell(entry, now=True))

    def _tell_begun(self, entry: Entry) -> None:
        for listener in self.begun:
            listener(entry)
        self.tell(entry, now=True)

    async def _ask_start(self, entry: Entry, method: str, params: Any) -> None:
        try:
            await self.worker.ask(method, params)
        except AutogptError as error:
            if entry.at_work:
                self._break_off(entry, error.sentence())

    def _heard(self, method: str, params: Any) -> None:
        entry = self.entries.get(str(params.get("run")))
        if entry is None:
            return
        if method == protocol.EVENT:
            record = wire.record_from_json(params)
            if record is not None:
                entry.recorded = True
                entry.state = advance(entry.state, record)
                self._note(entry, record.event)
        elif method == protocol.QUEUED:
            entry.step = (
                f"Waiting for {params['ahead']} other runs" if params["ahead"] > 1 else "Waiting for another run"
            )
            self.tell(entry)
        elif method == protocol.FAILED:
            failed = wire.structure(params, protocol.Failed)
            self._break_off(entry, f"{failed.message} {failed.hint}".strip())

    def _note(self, entry: Entry, event: Event) -> None:
        if entry.step != "Cancelling" and not isinstance(event, RunQueued):
            entry.step = ""
        match event:
            case SearchProgressed(where=where) if where:
                entry.suspects[where] = None
            case TestsRan(what="baseline"):
                entry.failing, entry.failures = event.failing, event.failures
            case SuspectsFound():
                entry.suspected[event.tests] = event.places
            case _:
                pass
        if isinstance(event, RunEnded):
            entry.step = ""
            self._hold(entry)  # the end is told with its hunks, not before
            self._keep(self._finish(entry))
        else:
            self.tell(entry, now=isinstance(event, RunStarted))

    def _hold(self, entry: Entry) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None

    async def _finish(self, entry: Entry) -> None:
        try:
            await self.load_proposal(entry)
        except AutogptError as error:
            log.warning("proposal of %s: %s", entry.run, error)
        entry.ended.set()
        self.tell(entry, now=True)

    def _worker_lost(self, reason: str) -> None:
        hurt = [entry for entry in self.entries.values() if entry.own and entry.at_work]
        for entry in hurt:
            self._break_off(entry, reason)
        for listener in self.lost:
            listener(reason, hurt)

    def _break_off(self, entry: Entry, reason: str) -> None:
        entry.step = ""
        entry.end("interrupted" if entry.recorded else "error", reason)
        self.tell(entry, now=True)

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _read_journal(root: Path, run: str) -> RunState:
    from autogpt import journal  # not needed as long as no other process is at work

    return journal.state_of(journal.find_run(root, run))


def _read_journals(places: tuple[str, ...]) -> list[tuple[str, RunState]]:
    from autogpt.journal import list_runs  # not needed as long as there is a worker

    return [(place, state) for place in places for state in list_runs(Path(place))]
