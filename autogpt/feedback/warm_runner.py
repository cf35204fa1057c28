"""Runs pytest warm where that is known to be right, else cold; what a warm run says is what a cold one would say.

A warm run that ended badly (a hang, a crash) is believed only for tests that have ended well in a warm run before;
otherwise it is run again cold, and what the cold run says counts. Where the two disagree twice, warm runs are given up.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

from autogpt.feedback.bubblewrap import Bubblewrap
from autogpt.feedback.interpreter import fingerprint
from autogpt.feedback.place import Place
from autogpt.feedback.process import Finished, Pipe
from autogpt.feedback.pytest_runner import (
    FIXED_ARGUMENTS,
    Patience,
    PytestRunner,
    RunState,
    importable_names,
    watch_for,
)
from autogpt.feedback.report import Report
from autogpt.feedback.sandbox import Stage
from autogpt.feedback.session import Session
from autogpt.feedback.warm_parent import (
    START_SECONDS,
    NotWarm,
    WarmParent,
    has_own_configuration,
    read_skeleton,
    start_parent,
)
from autogpt.stop import Stop

MAX_STRIKES = 2
"""Runs in which warm and cold disagreed, after which there are no more warm ones."""
MAX_STARTS = 12
"""Parents in the life of a runner; a project that invalidates one after the other gains nothing by them."""
LOOK_SECONDS = 5.0
"""Age at which the list of what is borrowed from the workspace is made anew."""


class WarmRunner(PytestRunner):
    """As `PytestRunner`; `close` ends the parent."""

    def __init__(self, place: Place, patience: Patience | None = None) -> None:
        super().__init__(place, patience)
        self.cold_because = why_not_warm(place)
        self.parent: WarmParent | None = None
        self._stage: Stage | None = None
        self._looked = 0.0
        self._made_of: tuple[object, ...] = ()
        self._starts = 0
        self._strikes = 0
        self._fresh = False
        self._sound: set[str] = set()
        self.warm_runs = 0
        self.deep_runs = 0
        """Of these, runs that were forked off a session that had begun."""

    def run(
        self, tree: Path, tests: Sequence[str] | None, *, timeout: float, stop: Stop, fresh: bool = False
    ) -> Report:
        """As in `PytestRunner`; `fresh` asks for a cold run."""
        self._fresh = fresh
        return super().run(tree, tests, timeout=timeout, stop=stop, fresh=fresh)

    def try_out(self, tree: Path) -> str:
        """Why there can be no warm runs, as the end of a sentence; "" when a parent starts. No test is run."""
        if self.cold_because:
            return self.cold_because
        try:
            self._ready_parent(tree, Stop(START_SECONDS))
        except NotWarm as reason:
            return str(reason)
        return ""

    def close(self) -> None:
        """End the parent; the runner may be used on, and starts another when it is."""
        if self.parent is not None:
            self.parent.close()
            self.parent = None

    def _process(self, tree: Path, run: RunState, stop: Stop) -> tuple[Session, Finished]:
        if self._fresh or self.cold_because:
            if self.cold_because:
                self._say(f"Tests are run cold: {self.cold_because}.")
            return super()._process(tree, run, stop)
        try:
            session, finished = self._warm_process(tree, run, stop)
        except NotWarm as reason:
            self.close()
            self._say(f"Tests are run cold: {reason}." if self.cold_because else f"A run was cold: {reason}.")
            return super()._process(tree, run, stop)
        if finished.end == "stopped" or self._is_believed(session, finished):
            self._sound |= session.outcomes.keys()
            return session, finished
        return self._again_cold(tree, run, stop, session)

    def _is_believed(self, session: Session, finished: Finished) -> bool:
        if session.running:
            return session.running in self._sound
        return session.begun and session.ended and finished.end == "exited" and (finished.status or 0) >= 0

    def _again_cold(self, tree: Path, run: RunState, stop: Stop, warm: Session) -> tuple[Session, Finished]:
        """A bad end is put to the test; the time that the warm run took is given back."""
        run.deadline += warm.seconds
        cold, finished = super()._process(tree, run, stop)
        if cold.ended and not warm.ended and finished.end == "exited":
            self._strikes += 1
            where = warm.running or "the collection"
            self._say(f"A warm run ended badly in {where} and a cold one did not.")
            if self._strikes >= MAX_STRIKES:
                self.cold_because = "warm and cold runs did not agree"
                self.close()
        return cold, finished

    def _warm_process(self, tree: Path, run: RunState, stop: Stop) -> tuple[Session, Finished]:
        parent, stage = self._ready_parent(tree, stop)
        files = self._files(tree, run.tests)
        if has_own_configuration(stage.root, self._cwd(stage), [*files, *parent.ready["paths"]]):
            raise NotWarm("these tests have a pytest configuration of their own")
        deep = bool(files) and parent.is_deep and not self._injected
        session, report = Session(secrets.token_hex(16)), Pipe()
        with tempfile.TemporaryFile() as configuration:
            settings = self._configuration(tree, run, session.token, stage.toplevel)
            configuration.write(json.dumps(settings).encode())
            configuration.seek(0)
            try:
                finished = parent.run(
                    configuration,
                    files,
                    report,
                    handler=session.feed,
                    timeout=max(0.1, run.deadline - time.monotonic()),
                    stop=stop,
                    watch=watch_for(session, run.limit, self.patience.exit, lambda: None),
                    deep=deep,
                )
            except NotWarm as reason:
                if not str(reason).startswith("stale "):
                    raise
                self.close()
                return self._warm_process(tree, run, stop)
            finally:
                report.close()
        if session.unfit:
            parent.stay_shallow()
            return self._warm_process(tree, run, stop)
        self.warm_runs += 1
        self.deep_runs += deep
        return session, finished

    # -- the parent -------------------------------------------------------------------------------------------------

    def _ready_parent(self, tree: Path, stop: Stop) -> tuple[WarmParent, Stage]:
        """The parent as it is, or a new one if it was made of something else."""
        stage = self._current_stage(tree)
        skeleton = read_skeleton(stage.root, self._cwd(stage))
        state = stage.root.stat()
        python = self.environment.command[0]
        made_of = (stage, state.st_dev, state.st_ino, skeleton, fingerprint(python), self.environment)
        if self.parent is not None and self.parent.alive and made_of == self._made_of:
            return self.parent, stage
        self.close()
        if self._starts >= MAX_STARTS:
            self.cold_because = "its dependencies or its configuration change all the time"
            raise NotWarm(self.cold_because)
        self._starts += 1
        stage, env = self.place.stage(tree)
        options = {
            "arguments": [*self.environment.command[3:], *FIXED_ARGUMENTS],
            "names": sorted(importable_names(tree)),
            "skeleton": skeleton,
        }
        parent = start_parent(self.place, stage, env, options)
        weakref.finalize(self, parent.close)
        try:
            parent.wait_ready(stop)
        except NotWarm as reason:
            parent.close()
            if not stop.requested:
                self.cold_because = str(reason)
            raise
        self.parent, self._stage, self._looked = parent, stage, time.monotonic()
        self._made_of = (stage, *made_of[1:])
        self._say("Tests are run warm: each run is forked from a pytest that is loaded already.")
        return parent, stage

    def _current_stage(self, tree: Path) -> Stage:
        """What tests are to see; looked up anew now and then, because that takes a walk over the folders."""
        known = self._stage
        if known is not None and self.parent is not None and time.monotonic() - self._looked < LOOK_SECONDS:
            hidden = any((known.root / name).exists() for name in known.borrowed)
            if known.root / self.place.prefix == tree and not hidden:
                return known
        self._looked = time.monotonic()
        return self.place.stage(tree)[0]

    def _cwd(self, stage: Stage) -> Path:
        return Path(stage.prefix, stage.folder)


def why_not_warm(place: Place) -> str:
    """Why there can be no warm parent for a project, as the end of a sentence; "" when there may be one."""
    if not isinstance(place.sandbox, Bubblewrap):
        return "a run cannot be fenced off from its parent without bubblewrap"
    if not place.sandbox.layered:
        return "there is no overlay file system to lay over the tree"
    if place.built:
        return "importing the project builds it anew"
    command = place.environment.command
    if command[1:3] != ("-m", "pytest"):
        return "the command is not python -m pytest"
    if place.environment.python_version and place.environment.python_version < (3, 8):
        return "the interpreter is older than Python 3.8"
    return ""
