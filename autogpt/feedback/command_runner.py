"""Runs any other test command. Without a report it can read, the exit status is the only test there is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from autogpt.feedback import process
from autogpt.feedback.place import Place
from autogpt.feedback.report import Report, TestOutcome
from autogpt.feedback.session import how_ended
from autogpt.feedback.text import readable
from autogpt.stop import Stop


class CommandRunner:
    """One outcome, `command`, by the exit status."""

    __test__ = False

    def __init__(self, place: Place) -> None:
        self.place = place
        self.environment = place.environment

    @property
    def sandbox(self) -> str:
        return self.place.sandbox.description

    def run(self, tree: Path, tests: Sequence[str] | None, *, timeout: float, stop: Stop) -> Report:
        """Run the command as a whole: which tests are asked for makes no difference to it."""
        del tests
        started = time.monotonic()
        with self.place.prepare(self.environment.command, tree) as ready:
            finished = process.run(ready.launch, timeout=timeout, stop=stop, watch=ready.watch)
        output = readable(finished.output.decode("utf-8", "replace"))
        report = Report(command=" ".join(self.environment.command), output=output)
        seconds = round(time.monotonic() - started, 3)
        if finished.end == "exited":
            id, good = report.command, finished.status == 0
            message = "" if good else f"{how_ended(finished)}\n{output[-4000:]}"
            outcome = TestOutcome(id, "passed" if good else "failed", seconds, message=message)
            return Report({id: outcome}, seconds=seconds, command=report.command, output=output)
        problems = {
            "timeout": ("timeout", f"`{report.command}` did not end within {timeout:g} s."),
            "stopped": ("stopped", "The tests were stopped."),
            "not_started": ("command", f"The test command cannot be started: {finished.detail}."),
            "disk": ("crash", "The tests wrote more to the disk than a run may, and were ended."),
        }
        problem, explanation = problems[finished.end]
        return Report({}, problem, explanation, seconds, report.command, output)  # type: ignore[arg-type]
