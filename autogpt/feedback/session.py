"""What the report plugin said during one pytest process, and what the end of that process makes of it. Pure."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass, field, replace
from typing import Any

from autogpt.feedback.contexts import read_lines
from autogpt.feedback.process import Finished
from autogpt.feedback.report import Frame, Problem, TestOutcome
from autogpt.feedback.text import readable


@dataclass(slots=True)
class Session:
    """Fed with bytes of the report; lines without the token are not ours and are passed over."""

    token: str
    begun: bool = False
    collected: list[str] | None = None
    outcomes: dict[str, TestOutcome] = field(default_factory=dict[str, TestOutcome])
    running: str = ""
    running_since: float = 0.0
    ended: bool = False
    ended_at: float = 0.0
    status: int = 0
    internal: str = ""
    lines: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict[str, dict[str, frozenset[int]]])
    """Lines of the workspace that each test ran, by path; only where it was asked for."""
    unfit: str = ""
    """Why this run must be made in another way, said before it had begun with any test."""
    strays: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    started: float = field(default_factory=time.monotonic)
    _rest: bytes = b""

    def feed(self, data: bytes) -> None:
        """Take bytes as they come from the pipe."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict) and message.get("token") == self.token:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("event")
        if kind == "begin":
            self.begun = True
        elif kind == "collected":
            self.collected = [str(id) for id in message["ids"]]
            self._stray(message)
        elif kind == "start":
            self.running, self.running_since = str(message["id"]), time.monotonic()
        elif kind == "test":
            outcome = outcome_from(message)
            self.outcomes[outcome.id] = outcome
            self.running = ""
        elif kind == "lines":
            self.lines[str(message["id"])] = read_lines(message["lines"])
        elif kind == "unfit":
            self.unfit = str(message.get("why", ""))
        elif kind == "internal":
            self.internal = str(message.get("message", ""))
        elif kind == "end":
            self.ended, self.status, self.running = True, int(message["status"]), ""
            self.ended_at = time.monotonic()
            self._stray(message)

    def _stray(self, message: dict[str, Any]) -> None:
        self.strays += [(str(name), str(file)) for name, file in message.get("strays", ())]

    @property
    def seconds(self) -> float:
        """Since the session was made."""
        return time.monotonic() - self.started

    def missing(self) -> list[str]:
        """Tests that were collected and never reported."""
        return [id for id in self.collected or () if id not in self.outcomes]


def outcome_from(message: dict[str, Any]) -> TestOutcome:
    """A `test` line as data; control characters are removed, because it goes to terminals and prompts."""
    frames = tuple(Frame(str(f[0]), int(f[1]), str(f[2]), readable(str(f[3]))) for f in message.get("frames", ()))
    return TestOutcome(
        id=str(message["id"]),
        outcome=message["outcome"],
        seconds=round(float(message.get("seconds", 0.0)), 6),
        phase=message.get("phase", "call"),
        message=readable(str(message.get("message", ""))),
        exception=str(message.get("exception", "")),
        frames=frames,
        output=readable(str(message.get("output", ""))),
    )


def broke_off(session: Session, finished: Finished, limit: float) -> TestOutcome | None:
    """The test during which the process hung or died, as an outcome; None when no test was running."""
    if not session.running or finished.end in ("stopped", "not_started"):
        return None
    known = TestOutcome(session.running, "error", seconds=round(time.monotonic() - session.running_since, 3))
    if finished.end == "timeout":
        return replace(known, exception="Timeout", message=f"The test did not end within {limit:g} s.")
    if finished.end == "disk":
        return replace(known, exception="DiskFull", message="The test wrote more than a run may.")
    return replace(known, exception="Crash", message=f"The test ended the interpreter: {how_ended(finished)}.")


def how_ended(finished: Finished) -> str:
    """The end of a process in words."""
    status = finished.status or 0
    if status > 128 and finished.end == "exited":
        status = 128 - status  # bubblewrap and shells pass a signal on as a status
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
        return f"killed by {name}{hint}"
    return f"exit status {status}"


def judge_end(session: Session, finished: Finished, timeout: float) -> tuple[Problem, str]:
    """Why the run as a whole is no verdict, as (problem, sentence); ("", "") when every test was reported."""
    said = _last_words(finished.output)
    if finished.end == "not_started":
        return "command", f"The test command cannot be started: {finished.detail}."
    if finished.end == "stopped":
        return "stopped", "The tests were stopped."
    if finished.end == "disk":
        return "crash", "The tests wrote more to the disk than a run may, and were ended."
    if finished.end == "timeout":
        within = "" if session.ended else f" within {timeout:g} s"
        return "timeout", f"{_where_hung(session)} did not end{within}."
    if not session.begun:
        return "command", f"pytest did not start ({how_ended(finished)}): {said}"
    errors = [outcome for outcome in session.outcomes.values() if outcome.phase == "collect"]
    if session.internal:
        return "crash", f"pytest failed inside ({session.internal})."
    if not session.ended:
        return _no_end(session, finished, errors, said)
    if errors and len(errors) == len(session.outcomes):
        first = errors[0]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        return "collection", f"{first.id} cannot be collected: {first.exception}: {_one_line(first.message)}{more}."
    if not session.collected and not session.outcomes:
        return "no_tests", "No tests were found."
    if (left := session.missing()) or session.status not in (0, 1, 5):
        why = {2: "it was interrupted", 3: "pytest failed inside"}.get(session.status, f"status {session.status}")
        return "crash", f"The run ended before {len(left)} of {len(session.collected or ())} tests were run: {why}."
    if finished.status is not None and (finished.status < 0 or finished.status > 128):
        return "crash", f"The interpreter crashed after the last test: {how_ended(finished)}."
    return "", ""


def _no_end(session: Session, finished: Finished, errors: list[TestOutcome], said: str) -> tuple[Problem, str]:
    if errors and session.collected is None:
        return "collection", f"{errors[0].id} cannot be loaded: {errors[0].exception}: {_one_line(errors[0].message)}."
    if session.collected is None and finished.status == 4:
        return "command", f"pytest refused its arguments: {said}"
    where = "while tests were collected" if session.collected is None else "between two tests"
    where = f"in {session.running}" if session.running else where
    return "crash", f"The interpreter ended {where}: {how_ended(finished)}."


def _where_hung(session: Session) -> str:
    if session.running:
        return session.running
    if session.ended:
        return "All tests were run, but the interpreter (a thread, or code that runs at exit)"
    if session.collected is None:
        return "The collection of the tests"
    return "The tests"


def _one_line(text: str, limit: int = 300) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _last_words(output: bytes) -> str:
    lines = [line for line in readable(output.decode("utf-8", "replace")).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return _one_line((errors or lines or ["it said nothing"])[-1])
