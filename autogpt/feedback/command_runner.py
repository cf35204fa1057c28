"""Runs any other test command and reads its results where it gives some; else its exit status is the only test.

The exit status of a command is believed when it is bad: a run that ended badly without a failing test is a crash.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autogpt.feedback import process
from autogpt.feedback.contexts import Contexts
from autogpt.feedback.place import Place
from autogpt.feedback.process import Finished
from autogpt.feedback.report import Problem, Report, TestOutcome
from autogpt.feedback.results import READERS, Outcomes, is_tap, read_jest, read_junit, read_tap
from autogpt.feedback.session import how_ended
from autogpt.feedback.text import cut, readable
from autogpt.feedback.variables import tool_variables
from autogpt.stop import Stop

COLLECT = """\
"$@"
status=$?
find . -newer "$AUTOGPT_OUT/.start" -type f -name '*.xml' -size -20M \
  \\( -path '*surefire-reports*' -o -path '*test-results*' -o -iname '*junit*' -o -name 'TEST-*' \\) 2>/dev/null |
  head -500 | { n=0; while IFS= read -r file; do n=$((n+1)); cp "$file" "$AUTOGPT_OUT/$n.xml"; done; }
exit $status
"""
"""Saves the reports that a command wrote into the tree before the tree is thrown away."""


class CommandRunner:
    """Outcomes from the command's own report, or one outcome named after the command."""

    __test__ = False

    def __init__(self, place: Place) -> None:
        self.place = place
        self.environment = place.environment

    @property
    def sandbox(self) -> str:
        return self.place.sandbox.description

    def remarks(self) -> tuple[str, ...]:
        """Nothing to say about how tests are run."""
        return ()

    def close(self) -> None:
        """Nothing is held between runs."""

    def record(self, tree: Path, tests: Sequence[str] | None = None, *, timeout: float, stop: Stop) -> Contexts | None:
        """A command does not say which lines its tests run."""

    def twin(self) -> CommandRunner:
        """Another one, for a tree of its own."""
        return CommandRunner(self.place)

    def run(
        self, tree: Path, tests: Sequence[str] | None, *, timeout: float, stop: Stop, fresh: bool = False
    ) -> Report:
        """Run the command as a whole: which tests are asked for makes no difference to it."""
        started = time.monotonic()
        argv = ("sh", "-c", COLLECT, "collect", *self.environment.command)
        with self.place.prepare(argv, tree, (), tool_variables(self.environment.command[0])) as ready:
            (ready.out / ".start").touch()
            launch = replace(ready.launch, argv=[_expanded(word, ready.seen_out) for word in ready.launch.argv])
            finished = process.run(launch, timeout=timeout, stop=stop, watch=ready.watch)
            # Paths as in the project: where the tree lies is nothing to a reader, and may change from run to run.
            seen = f"{ready.toplevel / self.place.prefix}/"
            text = finished.output.decode("utf-8", "replace").replace(seen, "")
            found = self._read(text, ready.out, seen)
        command = " ".join(self.environment.command)
        output = readable(text)
        problem, explanation = _problem(finished, found, command, timeout)
        if not found and finished.end == "exited" and not problem:
            found = {command: _by_status(command, finished, output)}
        if tests is not None:
            found = {id: one for id, one in found.items() if id in tests} or found
        return Report(found, problem, explanation, round(time.monotonic() - started, 3), command, output)

    def _read(self, text: str, out: Path, seen: str) -> Outcomes:
        if self.environment.runner == "jest":
            return read_jest(_saved(out, "*.json", seen))
        reader = READERS.get(self.environment.runner) or (read_tap if is_tap(text) else None)
        return (reader(text) if reader else {}) or read_junit(_saved(out, "*.xml", seen))


def _expanded(word: str, out: Path) -> str:
    return word.replace("$AUTOGPT_OUT/", f"{out}/") if not word.startswith('"$@"') else word


def _saved(out: Path, pattern: str, seen: str) -> Iterator[bytes]:
    """The reports, without `seen` before paths; read without following a link that a test may have put there."""
    for path in sorted(out.glob(pattern)):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                yield file.read(20 << 20).replace(seen.encode(), b"")


def _by_status(command: str, finished: Finished, output: str) -> TestOutcome:
    if finished.status == 0:
        return TestOutcome(command, "passed", finished.seconds)
    message = f"{how_ended(finished)}\n{cut(output, 8_000)}"
    return TestOutcome(command, "failed", finished.seconds, message=message)


def _problem(finished: Finished, found: Outcomes, command: str, timeout: float) -> tuple[Problem, str]:
    if finished.end == "timeout":
        return "timeout", f"`{command}` did not end within {timeout:g} s."
    if finished.end == "stopped":
        return "stopped", "The tests were stopped."
    if finished.end == "not_started" or finished.status in (126, 127):
        return "command", f"The test command cannot be started: {finished.detail or command}."
    if finished.end == "disk":
        return "crash", "The tests wrote more to the disk than a run may, and were ended."
    if found and finished.status != 0 and not any(one.failing for one in found.values()):
        return "crash", f"No test failed, but `{command}` ended badly: {how_ended(finished)}."
    return "", ""
