"""What an interrupted run has paid for is not paid for again."""

from __future__ import annotations

from autogpt import journal
from autogpt.agent.run import resumable, run
from autogpt.config import Settings
from autogpt.errors import ModelError
from autogpt.events import Event, ModelAnswered, ModelAsked, Record, RunEnded
from autogpt.models.base import Completion, Message
from autogpt.models.chat import ChatProposer
from autogpt.models.recorded import Recorded
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Tokens
from autogpt.task import Task
from tests.conftest import MakeProject

CALC = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return a * 3\n"
TESTS = """\
from calc import add, twice

def test_add():
    assert add(2, 3) == 5

def test_twice():
    assert twice(4) == 8
"""
ANSWER = """\
```edit replace calc.py
<<<<<<< SEARCH
    return {old}
=======
    return {new}
>>>>>>> REPLACE
```
Summary: Mend it
"""


def records(*events: Event) -> list[Record]:
    return [Record("feed", number, 0.0, event) for number, event in enumerate(events)]


def test_an_answer_is_given_once_to_the_same_request() -> None:
    asked = ModelAsked((("user", "add?"),), 0.0, 2)
    found = Recorded.of(
        records(asked, ModelAnswered("a", Tokens(3, 1), 0.5), ModelAnswered("b"), ModelAsked((("user", "and?"),)))
    )

    assert found.take([Message("user", "add?")], 0.3, 2) == []
    assert found.take([Message("user", "add?")], 0.0, 2) == [Completion("a", Tokens(3, 1), 0.5), Completion("b")]
    assert found.take([Message("user", "add?")], 0.0, 2) == [] and not found
    assert found.given == 1


def test_what_was_cut_off_is_asked_again() -> None:
    asked = ModelAsked((("user", "add?"),), 0.0, 2)
    torn = records(asked, ModelAnswered("a"), asked, ModelAnswered("a", truncated=True), ModelAnswered("b"))

    assert not Recorded.of(torn)


def test_a_resumed_run_asks_only_what_was_not_answered(make_project: MakeProject) -> None:
    """The connection breaks in the third round. Resumed, the first two answers are taken from the journal."""
    project = make_project({"calc.py": CALC, "tests/test_calc.py": TESTS, "tests/__init__.py": ""})
    first = ScriptedModel("I would rather not.", ANSWER.format(old="a - b", new="a + b"), ModelError("It broke."))
    run(Task("fix", str(project)), Settings(), proposer=ChatProposer(first), run_id="feed0007")
    folder = journal.find_run(project, "feed0007")
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(lines[:-1]))  # as if it had been killed there
    paid = sum(record.event.tokens.prompt for record in journal.read(folder) if isinstance(record.event, ModelAnswered))

    second = ScriptedModel(ANSWER.format(old="a * 3", new="a * 2"))
    again = resumable(project, "feed0007", Settings(), {})
    result = run(*again, proposer=ChatProposer(second), run_id="feed0007", resume=True)

    assert result.status == "verified", result.reason
    assert second.asked == [first.asked[-1]]
    assert 0 < paid < result.tokens.prompt
    assert "+    return a + b" in result.diff and "+    return a * 2" in result.diff
    assert isinstance(list(journal.read(folder))[-1].event, RunEnded)
