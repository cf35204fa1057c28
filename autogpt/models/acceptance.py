"""Acceptance tests for a task that has none: written before the change, in files of their own, seen to fail first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autogpt.events import Noted
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.report import Report
from autogpt.models import evidence
from autogpt.models.asks import fenced
from autogpt.models.base import Brief, Change, Completion, Desk
from autogpt.models.dialogue import Dialogue
from autogpt.models.prompts import prompt
from autogpt.models.reading import GaveUp, Offer, Problem, Questions, Reading

TRIES = 3
"""Answers that may be wrong in form or prove nothing; then the task is done without tests of its own."""
QUESTION_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Accepted:
    """The tests as a change to the base, empty when there are none, and their run on the base.

    `offer` is there when the answer held the change as well, which many models cannot help sending.
    """

    change: Change = field(default_factory=dict[str, "bytes | None"])
    report: Report | None = None
    offer: Offer | None = None
    untestable: bool = False
    """The model said that no test can prove the task."""


_KIND = r"(?:unit|integration|regression|acceptance|pytest|property|edge case|komponenten)"
_TESTS = rf"(?:{_KIND}[ -]?)?(?:tests?|testfälle|test cases?|test coverage|coverage|pruebas|testes)\b"
_LIKE = (
    r"(?:an?|some|any|few|more|most|the|missing|new|good|better|thorough|further|additional|comprehensive|simple|first"
    r"|full|proper|ein|eine|einige|mehr|weitere|neue|fehlende|gute|die|des|les|plus de|unas?|unos|más|las|los)"
)
_WRITE = (
    r"(?:write|add|create|extend|improve|increase|raise|generate|provide|complete|schreibe?|ergänze|erstelle|erweitere"
    r"|verbessere|écri[sv]\w*|ajoute[rz]?|crée[rz]?|escrib[ea]r?|añad[ea]r?|agreg[ua]\w*|crea|scrivi|aggiungi)"
)
_ASKS_FOR_TESTS = re.compile(
    rf"\W*(?:please |bitte )?{_WRITE}\s+(?:{_LIKE}\s+)*{_TESTS}(?=\W*$|\s+(?:for|of|that|to|which|in|on|covering|around"
    r"|für|zu|von|pour|de|du|para|per|di)\b)|\W*(?:напиши|добавь)\w*\s+(?:\S+\s+)?тест|.*(?:编写|添加|补充).*测试"
    r"|.*テスト.*(?:書|追加|作成)",
    re.IGNORECASE,
)
_ASKS_FOR_MORE = re.compile(
    r"\b(?:fix|implement|repair|refactor|change|rename|remove|rewrite|support|mend|behebe|implementiere|ändere|corrige"
    r"|implémente|arregla|implementa|исправь)\b|修复|实现|修正|実装",
    re.IGNORECASE,
)


def asks_for_tests(text: str) -> bool:
    """Whether a task is to write tests of what is there, as far as its words tell, and nothing else."""
    return bool(_ASKS_FOR_TESTS.match(text)) and not _ASKS_FOR_MORE.search(text)


def are_wanted(brief: Brief) -> bool:
    """A new task that no test proves, in a project whose tests can be run, and one by one. Tests that are the task
    itself need not fail on the base."""
    can_run = brief.baseline.problem in ("", "no_tests", "collection") and brief.environment.runner == "pytest"
    return brief.task.kind == "implement" and not brief.goal and can_run and not asks_for_tests(brief.task.text)


def request(brief: Brief, shown: Collection[str] = ()) -> str:
    """The last paragraph of the first prompt. `shown` are files whose text is in it: a style must be seen."""
    files = [id.partition("::")[0] for id in brief.baseline.outcomes]
    folders = Counter(str(PurePosixPath(path).parent) for path in files).most_common(1)
    if not folders:
        return prompt("tests_first", where="in tests/")
    near = [path for path in files if str(PurePosixPath(path).parent) == folders[0][0]]
    if seen := [path for path in near if path in shown]:
        return prompt("tests_first", where=f"beside {seen[0]} and in its style")
    return prompt("tests_first", where=f"beside {near[0]}, in whose style you can read it first")


def write(
    brief: Brief,
    desk: Desk,
    *,
    ask: Callable[[], Completion],
    read: Callable[[Completion], Reading],
    dialogue: Dialogue,
    answers: Callable[[Questions], str],
) -> Accepted:
    """Ask for tests until some fail on the base, a few times. The dialogue holds what was said."""
    desk.emit(Noted("Writing acceptance tests first, since no test proves the task yet"))
    tries, questions, untestable = 0, 0, False
    while tries < TRIES:
        completion = ask()
        reading = read(completion)
        dialogue.heard(completion.text)
        if isinstance(reading, GaveUp) or re.search(r"^\W*No test:", completion.text, re.MULTILINE | re.IGNORECASE):
            if isinstance(reading, Questions):
                dialogue.say(answers(reading))
            untestable = True
            break
        if isinstance(reading, Questions) and questions < QUESTION_ROUNDS:
            questions += 1
            dialogue.say(answers(reading))
            continue
        tries += 1
        if isinstance(reading, Offer):
            accepted, fault = _try(reading, brief, desk)
            if not fault:
                return accepted
            dialogue.say(prompt("tests_pass", report=fenced(fault)))
        else:
            dialogue.say(reading.message if isinstance(reading, Problem) else "Send the test files now.")
    desk.emit(Noted("Going on without acceptance tests"))
    return Accepted(untestable=untestable)


def _try(offer: Offer, brief: Brief, desk: Desk) -> tuple[Accepted, str]:
    """Run the new test files on the base; they count if a test of theirs fails. Else what is wrong with them."""
    whole = offer.candidate.change
    change = {path: text for path, text in whole.items() if is_test_path(path) and not (brief.tree / path).exists()}
    if not change:
        return Accepted(), "There is no new test file among these: " + ", ".join(sorted(whole))
    report = desk.test(change, sorted(change))
    failing = [id for id in report.failing() if id.partition("::")[0] in change]
    if failing:
        desk.proved_by(failing)
        return Accepted(change, report, offer if len(change) < len(whole) else None), ""
    passing = sorted(id for id in report.passed() if id.partition("::")[0] in change)
    told = evidence.problem(report) or (
        f"These pass already: {', '.join(passing)}" if passing else "No test was found."
    )
    return Accepted(), told
