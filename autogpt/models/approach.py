"""Ways of asking a model, what tells that one is stuck, and which one comes next. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autogpt.edits import FORMATS, Format
from autogpt.models.base import Attempt, Change

Way = Literal["plain", "context", "steps", "warm"]
WAYS: tuple[Way, ...] = ("plain", "context", "steps", "warm")
"""Ways to begin a run: as it comes, with twice the code, in small steps, or with some chance in the answers."""

Sign = Literal["", "format", "same_edit", "oscillation", "same_failure"]

SAID: dict[Sign, str] = {
    "format": "its answers could not be applied",
    "same_edit": "it sent the same change again",
    "oscillation": "it went back to a change that had failed",
    "same_failure": "two different changes failed in the same way",
}
"""Why an approach was left, for the person."""


@dataclass(frozen=True, slots=True)
class Approach:
    """How the model is asked. `context` doubles the budget of code with each step; `fresh` forgets the dialogue."""

    format: Format = "replace"
    temperature: float = 0.0
    context: int = 0
    fresh: bool = False
    decompose: bool = False
    stronger: bool = False

    def describe(self) -> str:
        """One phrase for the journal."""
        parts = [f"format {self.format}", f"temperature {self.temperature:g}"]
        parts += ["more context"] * bool(self.context) + ["in small steps"] * self.decompose
        parts += ["fresh start"] * self.fresh + ["stronger model"] * self.stronger
        return ", ".join(parts)


def first_approach(format: Format, way: Way) -> Approach:
    """How a run begins that is to go this way."""
    return Approach(format, 0.3 if way == "warm" else 0.0, int(way == "context"), decompose=way == "steps")


def first_format(model: str, wanted: str = "auto") -> Format:
    """What suits a model that nothing is remembered of: small ones write whole symbols, large ones replace text."""
    if wanted in FORMATS:
        return wanted
    return "symbol" if is_small(model) else "replace"


def is_small(model: str) -> bool:
    """Whether a model's name says that it has less than 15 billion weights."""
    plain = model.lower().replace("-", " ").replace("_", " ").replace(":", " ")
    size = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)b\b", plain)
    return bool(size) and float(size[1]) < 15


def sign_of(attempts: Sequence[Attempt]) -> Sign:
    """Whether the newest attempt shows that more of the same will not help."""
    if not attempts:
        return ""
    *before, last = attempts
    if last.verdict.status == "verified" or not before:
        return ""
    edits = [fingerprint(attempt.candidate.change) for attempt in attempts]
    if edits[-1] == edits[-2]:
        return "same_edit"
    if edits[-1] in edits[:-2]:
        return "oscillation"
    if failure(last) and failure(last) == failure(before[-1]):
        return "same_failure"
    return ""


def fingerprint(change: Change) -> str:
    """The same for changes that end in the same files."""
    digest = hashlib.sha256()
    for path in sorted(change):
        content = change[path]
        digest.update(f"{path}\0{-1 if content is None else len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content or b"")
    return digest.hexdigest()


def failure(attempt: Attempt) -> str:
    """What failed and how, without numbers and addresses that change from run to run; "" when nothing did."""
    report, verdict = attempt.verdict.report, attempt.verdict
    failing = [id for id in report.failing() if id in {*verdict.tests.still_failing, *verdict.tests.broken}]
    lines = [f"{id} {report.outcomes[id].exception} {report.outcomes[id].message}" for id in sorted(failing)]
    text = "\n".join(lines) or (f"{report.problem} {report.explanation}" if report.problem else "")
    return re.sub(r"0x[0-9a-fA-F]+|\b\d+\.\d+s\b|:\d+", "", text)


def next_approach(
    current: Approach, sign: Sign, strikes: int, *, stronger: bool, by_symbol: bool = True
) -> Approach | None:
    """The answer to being stuck for the `strikes`-th time in a run; None when all has been tried. `by_symbol` tells
    whether symbols of the project's language can be addressed."""
    other = _other_format(current.format, by_symbol=by_symbol)
    if sign == "format":
        ladder = [
            replace(current, format=other),
            replace(current, format="file", fresh=True),
        ]
    else:
        ladder = [
            replace(current, context=current.context + 1, temperature=max(current.temperature, 0.3)),
            replace(current, format=other, temperature=0.6, decompose=True),
            replace(current, format=other, temperature=0.8, fresh=True, decompose=False),
        ]
    if stronger and not current.stronger:
        ladder.append(Approach("replace", 0.0, current.context, fresh=True, stronger=True))
    return ladder[strikes - 1] if strikes <= len(ladder) else None


def _other_format(format: Format, *, by_symbol: bool) -> Format:
    if format != "replace":
        return "replace"
    return "symbol" if by_symbol else "file"
