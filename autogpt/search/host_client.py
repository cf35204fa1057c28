"""Starts the test host in the sandbox and speaks with it; knows requests and answers, nothing of edits' meaning."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autogpt.feedback.place import Place, testhost_folder
from autogpt.feedback.process import Running

Lane = Literal["warm", "bare"]
Edits = Sequence[tuple[str, int, int, str]]
"""(path, start, end, replacement), in characters of the decoded text."""

ARGUMENTS = ("--color=no", "--continue-on-collection-errors", "--maxfail=0", "-q", "-o", "cache_dir=$TMPDIR/cache")


@dataclass(frozen=True, slots=True)
class Stage:
    """Tests to run in this order; a later stage is run only if all of this one passed."""

    tests: Sequence[str]
    early: bool = True
    """Whether the first failure ends it."""
    budget: float = 0.0
    """Seconds after which no further test of it is begun; 0 for none."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test in the host. `line` is the innermost in the test's own file, `place` the innermost in the project."""

    __test__ = False

    id: str
    outcome: Literal["passed", "failed", "skipped", "timeout", "crash"]
    seconds: float = 0.0
    exception: str = ""
    line: int = 0
    message: str = ""
    place: tuple[str, int] = ("", 0)
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict[str, "Sequence[int]"])


@dataclass(frozen=True, slots=True)
class Trial:
    """The answer to a request. `end` is `` when every stage was gone through or stopped by a failure.

    `same`: the code is that of the base or of an earlier request. `invalid`: it does not compile. `reimport`: the warm
    process cannot make this change. `timeout`, `crash`: how the child ended. `missing`: a test is not there any more.
    """

    end: Literal["", "same", "invalid", "reimport", "timeout", "crash", "missing", "broken"]
    tests: tuple[TestResult, ...] = ()
    ran_at_import: bool = False
    cut: bool = False
    """A stage ended for want of time."""
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether every test that was asked for passed, or was skipped, as far as time went."""
        return self.end == "" and all(test.outcome in ("passed", "skipped") for test in self.tests)


@dataclass(frozen=True, slots=True)
class Ready:
    """What the warm process says first: the tests it collected, and what could not be."""

    tests: tuple[str, ...]
    errors: Mapping[str, str]
    modules: tuple[str, ...]


class HostGone(Exception):
    """The host cannot be used (any more); `str` says why in a sentence."""


class Host:
    """A running host. Requests are answered out of order."""

    def __init__(self, running: Running, warm: socket.socket, bare: socket.socket) -> None:
        self._running = running
        self._ends: dict[Lane, socket.socket] = {"warm": warm, "bare": bare}
        self._rest: dict[Lane, bytes] = {"warm": b"", "bare": b""}
        self._messages: list[dict[str, Any]] = []
        self._next = 0
        self.ended = False

    def feed(self, lane: Lane, data: bytes) -> None:
        """Take bytes from one of the two processes."""
        *lines, self._rest[lane] = (self._rest[lane] + data).split(b"\n")
        self._messages += [json.loads(line) for line in lines]

    def ask(
        self,
        lane: Lane,
        edits: Edits,
        stages: Sequence[Stage],
        limits: Mapping[str, float],
        *,
        lines: bool = False,
        again: bool = False,
    ) -> int:
        """Send a request and return its number. `limits` are CPU seconds by test id, under `` for all others.

        `lines`: note which lines each test runs. `again`: also when the same code was tried before.
        """
        budgets = sum(stage.budget for stage in stages)
        longest = max(limits.values())
        return self._send(
            lane,
            {
                "edits": [list(edit) for edit in edits],
                "stages": [{"tests": list(s.tests), "early": s.early, "budget": s.budget} for s in stages],
                "limits": dict(limits),
                "patience": 3 * longest + 1.0,
                "start": 3 * longest + (1.0 if lane == "warm" else 20.0),
                "cpu": 30.0 + budgets + longest * sum(len(stage.tests) for stage in stages),
                "lines": lines,
                "again": again,
            },
        )

    def preload(self, modules: Sequence[str]) -> int:
        """Have the bare process import installed modules, which its children then need not."""
        return self._send("bare", {"op": "preload", "modules": list(modules)})

    def usage(self) -> tuple[float, float, int]:
        """CPU seconds of the warm process, of its children, and its bytes of memory. Other answers stay in line."""
        number = self._send("warm", {"op": "usage"})
        while True:
            for message in self._messages:
                if message.get("id") == number:
                    self._messages.remove(message)
                    _, times, memory = message["lines"][0]
                    return times[0] + times[1], times[2] + times[3], int(memory)
            self._step(1.0)

    def _send(self, lane: Lane, message: dict[str, Any]) -> int:
        self._next += 1
        data = json.dumps({**message, "id": self._next}).encode() + b"\n"
        end = self._ends[lane]
        while data:
            try:
                data = data[end.send(data) :]
            except BlockingIOError:
                self._step(0.01)
            except OSError as error:
                raise HostGone("The test host ended.") from error
        return self._next

    def ready(self, seconds: float) -> Ready:
        """Wait until the tests are collected. Raise `HostGone` when that does not come to be."""
        import time

        deadline = time.monotonic() + seconds
        while not self._messages:
            if time.monotonic() > deadline:
                raise HostGone("The test host did not collect the tests in time.")
            self._step(0.1)
        message = self._messages.pop(0)
        if message.get("op") != "ready":
            raise HostGone(f"The test host could not start: {message.get('why', message)}.")
        return Ready(tuple(message["tests"]), message["errors"], tuple(message["modules"]))

    def answers(self, seconds: float) -> list[tuple[int, Trial]]:
        """Those that have arrived; wait for one at most so long. Raise `HostGone` when the host has ended."""
        if not self._messages:
            self._step(seconds)
        messages, self._messages = self._messages, []
        return [(int(message["id"]), _trial(message)) for message in messages if message.get("id") is not None]

    def _step(self, seconds: float) -> None:
        self.ended = self._running.step(seconds)
        if self.ended and not self._messages:
            last = self._running.output.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise HostGone(f"The test host ended: {last[0][:200]}")


def _trial(message: Mapping[str, Any]) -> Trial:
    """An answer as data. A test that was begun and not ended has the child's end as its outcome."""
    end = str(message["end"])
    tests: list[TestResult] = []
    running, imported, cut, missing, broken = "", False, False, False, ""
    for line in message["lines"]:
        if line[0] == "start":
            running = line[1]
        elif line[0] == "test":
            running = ""
            lines = line[8] if len(line) > 8 and line[8] else {}
            tests.append(TestResult(line[1], line[2], line[3], line[4], line[5], line[6], tuple(line[7]), lines))
        elif line[0] == "broken":
            broken = line[1]
        imported, cut, missing = (
            imported or line[0] == "imported",
            cut or line[0] == "cut",
            missing or line[0] == "missing",
        )
    if end.startswith(("signal", "exit")):
        end = "crash"
    if running:
        tests.append(TestResult(running, "timeout" if end == "timeout" else "crash"))
    if end == "" and missing:
        end = "missing"
    if broken:
        end = "broken"
    return Trial(end, tuple(tests), imported, cut, broken or str(message.get("why", "")))  # type: ignore[arg-type]


@contextmanager
def open_host(place: Place, tree: Path, injected: Sequence[str] = (), files: Sequence[str] = ()) -> Generator[Host]:
    """A host for the workspace that `tree` stands for; everything of it is gone afterwards.

    `injected`: folders of the workspace that come first on the import path. `files`: test files to collect, if not all.
    """
    pairs = [socket.socketpair() for _ in range(2)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    running: Running | None = None
    with tempfile.TemporaryFile() as configuration:
        numbers = (configuration.fileno(), *(end.fileno() for end in theirs))
        argv = [place.environment.python, str(testhost_folder() / "host.py")]
        variables = (("AUTOGPT_HOST", ":".join(map(str, numbers))),)
        with place.prepare(argv, tree, numbers, variables) as ready:
            seen = ready.toplevel / place.prefix
            settings = {
                "workspace": str(seen),
                "arguments": [*place.environment.command[3:], *ARGUMENTS],
                "files": list(files),
                "moved": None if ready.toplevel == place.toplevel else [str(place.toplevel), str(ready.toplevel)],
                "inject": [str(seen / base) for base in injected],
            }
            configuration.write(json.dumps(settings).encode())
            configuration.flush()
            os.lseek(configuration.fileno(), 0, os.SEEK_SET)
            try:
                hosts: list[Host] = []
                running = Running(
                    ready.launch,
                    {
                        ours[0].fileno(): lambda data: hosts[0].feed("warm", data),
                        ours[1].fileno(): lambda data: hosts[0].feed("bare", data),
                    },
                )
                for end in theirs:
                    end.close()
                hosts.append(Host(running, ours[0], ours[1]))
                yield hosts[0]
            finally:
                for end in (*ours, *theirs):
                    end.close()
                if running is not None:
                    running.kill()
                    running.close()
