"""What failures taught, for later runs in the same workspace: only what execution proved, short, each once, few.

A text file in the workspace's state folder, a line for each lesson with how often it was learnt, so that a person can
read it, strike out lines, or delete it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from autogpt import paths
from autogpt.feedback.report import Report
from autogpt.models.base import Attempt
from autogpt.models.secrets import redact

KEPT = 40
"""Lessons in the file; the oldest go first."""
TOLD = 8
"""Lessons in a prompt, the most often learnt first."""
LONGEST = 220
"""Characters of a lesson."""
NAMED = 3
"""Files or tests named in one."""
_LINE = re.compile(r"^(?P<times>\d{1,6})x (?P<text>\S.*)$")


@dataclass(slots=True)
class Lessons:
    """The lessons of one workspace. Damage to the file costs the lines that cannot be read."""

    file: Path

    @classmethod
    def of(cls, workspace: Path) -> Lessons:
        return cls(paths.workspace_state(workspace) / "lessons.txt")

    def told(self) -> tuple[str, ...]:
        """What a prompt says. An edit that was refused once is an accident; twice, it is a lesson."""
        known = self._read()
        worth = [text for text, times in known.items() if times > 1 or not text.startswith("An edit")]
        return tuple(sorted(worth, key=lambda text: -known[text])[:TOLD])

    def add(self, texts: Iterable[str]) -> None:
        """Learn these, each counted once a run; what is learnt again moves to the end."""
        new = list(dict.fromkeys(line for text in texts if (line := _one_line(text))))
        if not new:
            return
        with contextlib.suppress(OSError, Timeout):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.file}.lock", timeout=2):
                known = self._read()
                for text in new:
                    known[text] = known.pop(text, 0) + 1
                lines = [f"{times}x {text}\n" for text, times in list(known.items())[-KEPT:]]
                temporary = self.file.with_suffix(".new")
                temporary.write_text("".join(lines), encoding="utf-8")
                temporary.replace(self.file)

    def _read(self) -> dict[str, int]:
        try:
            text = self.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return {}
        found = (match for line in text.splitlines() if (match := _LINE.match(line)))
        return {match["text"][:LONGEST]: int(match["times"]) for match in found}


def _one_line(text: str) -> str:
    line = " ".join(redact(text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def of_attempts(attempts: Sequence[Attempt], baseline: Report) -> Iterator[str]:
    """What changes that failed have shown about the project."""
    for attempt in attempts:
        verdict, files = attempt.verdict, _some(sorted(attempt.candidate.change))
        if verdict.status == "refused":
            yield f"A change of {files} was refused: {verdict.reason}"
        if verdict.status != "failed":
            continue
        if verdict.tests.broken:
            yield f"A change of {files} broke {_some(verdict.tests.broken)}, which passed before it."
        if verdict.report.problem == "timeout":
            yield f"With a change of {files} the tests came to no end."
        for module in sorted(_missing(verdict.report) - _missing(baseline)):
            yield f"The tests cannot import `{module}`: a change that needed it failed."


def of_refusal(format: str, reason: str) -> str:
    """What an answer that could not be applied has shown about the model's edits."""
    first = reason.partition("; ")[0]
    if first.startswith("the answer holds no edit"):
        first = "the answer held no edit block."
    return f"An edit in the form `{format}` could not be applied: {re.sub(r'^[^ ]+: ', '', first)}"


def _missing(report: Report) -> set[str]:
    """Modules that a test or the code under it failed to import."""
    texts = (outcome.message for outcome in report.outcomes.values() if outcome.failing)
    return {found for text in texts for found in re.findall(r"No module named '([\w.]+)'", text)}


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
