"""Runs pytest cold, in a process of its own, and believes the report of every single test, never the exit status."""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.errors import EnvironmentNotFound
from autogpt.feedback import process
from autogpt.feedback.contexts import Contexts
from autogpt.feedback.place import Place, testhost_folder
from autogpt.feedback.process import End, Finished, Pipe
from autogpt.feedback.report import Problem, Report, TestOutcome
from autogpt.feedback.session import Session, broke_off, judge_end
from autogpt.feedback.text import readable
from autogpt.stop import Stop

FIXED_ARGUMENTS = (
    "-p", "report_plugin", "--color=no", "--continue-on-collection-errors", "--maxfail=0",
    "-o", "cache_dir=$TMPDIR/pytest-cache",
)  # fmt: skip
"""After the project's own options, so that these win. A cache of its own instead of none: plugins may need one."""

MAX_BREAKS = 3
"""Processes that may hang or crash in a test before the rest of the tests is given up."""
BASES = ("", "src", "lib", "python")
"""Folders of a workspace that hold importable code, by convention."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that one test, and the interpreter after the last one, may take; for a test 0 is a part of the whole."""

    test: float = 0.0
    exit: float = 10.0

    def for_test(self, timeout: float) -> float:
        """A hang must leave time for the other tests."""
        return min(timeout, self.test or max(5.0, timeout / 6))


@dataclass(slots=True)
class RunState:
    """What is gathered over the processes of one run."""

    tests: Sequence[str] | None
    deadline: float
    limit: float
    """Seconds that one test may take."""
    outcomes: dict[str, TestOutcome] = field(default_factory=dict[str, TestOutcome])
    lines: bool = False
    """Whether the lines that each test runs are asked for."""
    breaks: int = 0
    output: bytes = b""


class PytestRunner:
    """Runs given test ids, or all. Ids are `path/from/workspace.py::Class::test[param]`."""

    __test__ = False

    def __init__(self, place: Place, patience: Patience | None = None) -> None:
        self.place = place
        self.environment = place.environment
        self.patience = patience or Patience()
        self._injected: tuple[str, ...] = ()
        self._has_run = False
        self._said: list[str] = []
        self._pending: list[str] = []

    @property
    def sandbox(self) -> str:
        return self.place.sandbox.description

    def run(
        self, tree: Path, tests: Sequence[str] | None, *, timeout: float, stop: Stop, fresh: bool = False
    ) -> Report:
        """Run these tests (None: all) once. A test that hangs or crashes is an error, and the others go on.

        Every run is fresh here. Raise `EnvironmentNotFound` when the tests do not import the code of the workspace.
        """
        started = time.monotonic()
        if tests is not None and not self._files(tree, tests):
            return Report(problem="no_tests", explanation=f"None of the {len(tests)} tests asked for is there.")
        run = RunState(tests, started + timeout, self.patience.for_test(timeout))
        problem, explanation = self._run(tree, run, timeout, stop)
        self._has_run = True
        return Report(
            outcomes=run.outcomes,
            problem=problem,
            explanation=explanation,
            seconds=round(time.monotonic() - started, 3),
            command=" ".join(self.environment.command),
            output=readable(run.output.decode("utf-8", "replace")),
        )

    def record(self, tree: Path, tests: Sequence[str] | None = None, *, timeout: float, stop: Stop) -> Contexts | None:
        """Run tests cold and note which lines each of them runs; None when the run comes to no end."""
        run = RunState(tests, time.monotonic() + timeout, self.patience.for_test(timeout), lines=True)
        session, _ = PytestRunner._process(self, tree, run, stop)
        return Contexts(session.lines) if session.ended and not session.strays else None

    def twin(self) -> PytestRunner:
        """Another runner of the same tests, for a tree of its own, that knows what this one has found out."""
        other = type(self)(self.place, self.patience)
        other._injected, other._has_run, other._said = self._injected, self._has_run, list(self._said)
        return other

    def remarks(self) -> tuple[str, ...]:
        """What is new about how tests are run, each sentence once."""
        new, self._pending = tuple(self._pending), []
        return new

    def close(self) -> None:
        """Nothing is held between runs."""

    def _run(self, tree: Path, run: RunState, timeout: float, stop: Stop) -> tuple[Problem, str]:
        while True:
            session, finished = self._process(tree, run, stop)
            if (again := self._strays(tree, session) or self._not_found(tree, session)) is not None:
                self._injected = again
                continue
            run.outcomes.update(session.outcomes)
            run.output += finished.output
            broken = broke_off(session, finished, min(run.limit, timeout))
            if broken is not None:
                run.outcomes[broken.id] = broken
                run.breaks += 1
                rest = [id for id in session.missing() if id != broken.id]
                if finished.end != "stopped" and not rest:
                    return "", ""
                if run.breaks <= MAX_BREAKS and time.monotonic() < run.deadline:
                    continue
            return judge_end(session, finished, timeout)

    def _process(self, tree: Path, run: RunState, stop: Stop) -> tuple[Session, Finished]:
        """One pytest process over what is still to be run."""
        session = Session(secrets.token_hex(16))
        report = Pipe()
        with tempfile.TemporaryFile() as configuration:
            argv = [*self.environment.command, *FIXED_ARGUMENTS, *self._files(tree, run.tests)]
            variables = (
                ("PYTHONPATH", str(testhost_folder())),
                ("AUTOGPT_TESTHOST", f"{report.write}:{configuration.fileno()}"),
            )
            try:
                with self.place.prepare(argv, tree, (report.write, configuration.fileno()), variables) as ready:
                    settings = self._configuration(tree, run, session.token, ready.toplevel)
                    configuration.write(json.dumps(settings).encode())
                    configuration.flush()
                    configuration.seek(0)
                    finished = process.run(
                        ready.launch,
                        timeout=max(0.1, run.deadline - time.monotonic()),
                        stop=stop,
                        handlers={report.read: session.feed},
                        pipes=(report,),
                        watch=watch_for(session, run.limit, self.patience.exit, ready.watch),
                    )
            finally:
                report.close()
        return session, finished

    def _configuration(self, tree: Path, run: RunState, token: str, toplevel: Path) -> dict[str, object]:
        seen = toplevel / self.place.prefix
        moved = None if toplevel == self.place.toplevel else [str(self.place.toplevel), str(toplevel)]
        return {
            "token": token,
            "workspace": str(seen),
            "moved": moved,
            "wanted": None if run.tests is None else list(run.tests),
            "skip": list(run.outcomes) if run.breaks else [],
            "names": importable_names(tree),
            "inject": [str(seen / base) for base in self._injected],
            "testhost": str(testhost_folder()),
            "lines": run.lines,
        }

    def _files(self, tree: Path, tests: Sequence[str] | None) -> list[str]:
        """The files of the tests, relative to where pytest is started; the plugin picks the tests in them."""
        if tests is None:
            return []
        files = dict.fromkeys(id.partition("::")[0] for id in tests if (tree / id.partition("::")[0]).exists())
        folder = self.environment.folder or "."
        return ["./" + os.path.relpath(file, folder) for file in files]

    def _strays(self, tree: Path, session: Session) -> tuple[str, ...] | None:
        """Folders to put first on the import path, when the tests import the workspace's modules from elsewhere."""
        if not session.strays:
            return None
        name, file = session.strays[0]
        names = importable_names(tree)
        wanted = {base for stray, _ in session.strays for base in names.get(stray.partition(".")[0], ())}
        if wanted <= set(self._injected):
            raise EnvironmentNotFound(
                f"The tests import {name} from {file}, not from the workspace, so they cannot judge a change of it.",
                "Install the project in editable mode (`pip install -e .`), or name its interpreter with --python."
                if self.place.sandbox.in_place
                else "Install bubblewrap, in which a copy of the workspace stands in its own place.",
            )
        return tuple(sorted(wanted | set(self._injected), key=BASES.index))

    def _not_found(self, tree: Path, session: Session) -> tuple[str, ...] | None:
        """Folders to put on the import path, as pytest's `pythonpath` would, because the base itself cannot do without.

        That is a project in a `src` layout which nobody has installed. Only the first run, which is that of the base,
        decides: later a module that is not found is a fault of the change.
        """
        if self._has_run:
            return None
        names, wanted = importable_names(tree), set[str]()
        for outcome in session.outcomes.values():
            missing = re.match(r"No module named '(\w+)", outcome.message)
            if outcome.phase == "collect" and missing:
                bases = names.get(missing[1], [])
                wanted |= set(bases[:1]) - {"", *self._injected}
        if not wanted:
            return None
        folders = ", ".join(sorted(wanted))
        self._say(f"The tests do not find the project's own modules, so {folders} was put on the import path for them.")
        return tuple(sorted(wanted | set(self._injected), key=BASES.index))

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.append(sentence)
            self._pending.append(sentence)


def watch_for(
    session: Session, limit: float, exit_limit: float, others: Callable[[], End | None]
) -> Callable[[], End | None]:
    def look() -> End | None:
        now = time.monotonic()
        hung = session.running and now - session.running_since > limit * crowding()
        hung = hung or (session.ended and now - session.ended_at > exit_limit * crowding())
        return "timeout" if hung else others()

    return look


def crowding() -> float:
    """How much longer everything takes because others are at work too: processes that want to run for each processor.

    From 1 to 4. Without it, what is slow on a busy machine would be called hung, and a good change bad.
    """
    try:
        return min(4.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
    except (AttributeError, OSError):
        return 1.0


def importable_names(tree: Path) -> dict[str, list[str]]:
    """Top-level modules and packages of the workspace, with the folders of `BASES` that hold them."""
    names: dict[str, list[str]] = {}
    for base in BASES:
        try:
            entries = list(os.scandir(tree / base))
        except OSError:
            continue
        for entry in entries:
            name = entry.name.removesuffix(".py")
            if name.isidentifier() and (entry.is_dir() or entry.name.endswith(".py")) and name not in BASES:
                names.setdefault(name, []).append(base)
    return names
