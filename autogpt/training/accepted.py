"""Pairs to learn from in the journals of runs whose result the person applied. Read only, and never sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autogpt import journal
from autogpt.errors import AutogptError
from autogpt.events import Event, IterationKept, ModelAnswered, ModelAsked, TestsRan
from autogpt.git.applied import Step, load
from autogpt.models.forms import changed_lines
from autogpt.search.ranker import evidence_text
from autogpt.training.bugs import BugFix
from autogpt.training.harvest import units_of

RECORD = "applied.json"


@dataclass(frozen=True, slots=True)
class Talk:
    """What a chat model was asked, as (role, text), and the answer that was kept."""

    messages: tuple[tuple[str, str], ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """One run. `fixes` are functions before and after; `talk` is None for a model that is not talked to."""

    run: str
    model: str
    fixes: tuple[BugFix, ...]
    talk: Talk | None


def accepted_runs(home: Path) -> Iterator[Accepted]:
    """Of all workspaces of a state folder, verified and applied; a run that cannot be read is passed over."""
    for record in sorted(home.glob(f"workspaces/*/runs/*/{RECORD}")):
        state = journal.state_of(record.parent)
        if state.status != "verified":
            continue
        try:
            steps = load(record)
        except AutogptError:
            continue
        events = [one.event for one in journal.read(record.parent)]
        fixes = tuple(fix for step in steps for fix in _fixes(step, _evidence(events)))
        yield Accepted(state.run, state.model, fixes, _talk(events))


def _evidence(events: Sequence[Event]) -> str:
    """What the first test that failed on the base said, as the ranker is told."""
    for event in events:
        if isinstance(event, TestsRan) and event.what == "baseline" and event.failures:
            failed = event.failures[0]
            lines = [frame.text for frame in failed.frames if frame.path == failed.id.partition("::")[0]]
            return evidence_text(lines[-1] if lines else "", failed.exception, failed.message)
    return ""


def _talk(events: Sequence[Event]) -> Talk | None:
    """The last question before the last commit, where it had one answer."""
    kept = [index for index, event in enumerate(events) if isinstance(event, IterationKept)]
    before = events[: kept[-1]] if kept else []
    asked = [index for index, event in enumerate(before) if isinstance(event, ModelAsked)]
    if not asked:
        return None
    question = before[asked[-1]]
    answers = [event for event in before[asked[-1] :] if isinstance(event, ModelAnswered)]
    if not isinstance(question, ModelAsked) or len(answers) != 1 or answers[0].truncated:
        return None
    return Talk(question.messages, answers[0].text)


def _fixes(step: Step, evidence: str) -> Iterator[BugFix]:
    """Functions of a Python file that are there before and after, and differ."""
    if not step.path.endswith(".py") or step.before is None or step.after is None:
        return
    try:
        before, after = (dict(_functions(content.data)) for content in (step.before, step.after))
    except (SyntaxError, ValueError, RecursionError):
        return
    for name in before.keys() & after.keys():
        change = changed_lines(before[name], after[name])
        if change is not None:
            yield BugFix("accepted", before[name], change, after[name], evidence)


def _functions(data: bytes) -> Iterator[tuple[str, str]]:
    text = data.decode("utf-8").replace("\r\n", "\n")
    yield from ((name, code) for kind, name, code, _ in units_of(text) if kind == "function")
