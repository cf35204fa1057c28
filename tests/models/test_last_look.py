"""A model looks over its own verified change where there is a reason to; it can only gain by that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.events import CandidateChosen, Record
from autogpt.models.chat import ChatProposer
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Result
from autogpt.task import Task
from tests.conftest import MakeProject
from tests.models.test_runs import HALF, HALF_TESTS, SETTINGS, replacing
from tests.models.work import ADD, FILES, RIGHT

CLEAN = replacing("calc.py", "    result = a // 2\n    return result", "    return a // 2")
CLUMSY = HALF.replace("    return a // 2\n", "    result = a // 2\n    return result\n")
USED = replacing("calc.py", "    unused = 1\n    return a + b", "    return a + b")
NEGATIVE = """\
```edit file tests/test_negative.py
from calc import half


def test_half_of_a_negative_number():
    assert half(-4) == -2
```
"""


def work(project: Path, python: str, *answers: str) -> tuple[Result, ScriptedModel, list[CandidateChosen]]:
    model, records = ScriptedModel(*answers), list[Record]()
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    result = run(task, Settings(python=python), emit=records.append, proposer=ChatProposer(model))
    return result, model, [one.event for one in records if isinstance(one.event, CandidateChosen)]


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project({**FILES, **SETTINGS})


@pytest.mark.parametrize(
    "answer",
    [
        "Done.",
        "Sorry, I do not know.",
        replacing("calc.py", "    return a // 2", "    return a // 3"),
        replacing("calc.py", "    return a // 2", "    result = a // 2\n    return result"),
    ],
    ids=["done", "prose", "wrong", "longer"],
)
def test_what_was_verified_is_lost_by_no_answer(project: Path, lean_python: str, answer: str) -> None:
    """Neither by prose, nor by a change that breaks it, nor by one with no better evidence."""
    result, model, _ = work(project, lean_python, HALF_TESTS + HALF, answer)
    told = model.asked[1][-1].content
    assert "Look over it once more" in told and "and no other fails" in told and model.left == 0
    assert result.verified and "return a // 2\n" in result.diff and "result =" not in result.diff


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (CLEAN, "it changes fewer lines"),
        (NEGATIVE, "it brings more tests that failed without it"),
    ],
)
def test_a_better_change_takes_its_place(project: Path, lean_python: str, answer: str, reason: str) -> None:
    """What is sent comes on top of the change: a whole project had to be sent again for one more test of it."""
    result, _, chosen = work(project, lean_python, HALF_TESTS + CLUMSY, answer)
    assert result.verified and chosen[0].candidate == 2 and reason in chosen[0].reason and reason in result.reason
    assert ("result =" in result.diff) == (answer == NEGATIVE)


@pytest.mark.parametrize("with_code", [False, True], ids=["readme", "readme and longer code"])
def test_a_better_readme_is_kept_where_the_evidence_is_the_same(
    project: Path, lean_python: str, with_code: bool
) -> None:
    """It lost for its lines, and a project was shown with a README that its own author had found wanting."""
    better = replacing("README.md", "# Calc", "# Calc\n\n`half` refuses odd numbers.")
    better += replacing("calc.py", "    return a // 2", "    result = a // 2\n    return result") * with_code
    result, _, chosen = work(project, lean_python, HALF_TESTS + HALF, better)
    assert result.verified and ("+`half` refuses odd numbers." in result.diff) == (not with_code)
    assert chosen[-1].candidate == (1 if with_code else 2)
    assert with_code or "its documents were looked over once more" in result.reason


def test_findings_of_the_projects_tools_are_a_reason_to_look(make_project: MakeProject) -> None:
    project = make_project({**FILES, **SETTINGS, "ruff.toml": 'lint.select = ["F"]\n'})
    model = ScriptedModel(RIGHT.replace("    return a + b", "    unused = 1\n    return a + b"), USED)
    settings = Settings(model="scripted", python=sys.executable)
    result = run(Task("fix", str(project), tests=(ADD,)), settings, proposer=ChatProposer(model))
    assert "calc.py:2: F841" in model.asked[1][-1].content
    assert result.verified and "unused" not in result.diff


def test_a_program_that_ends_itself_is_no_reason_to_look(project: Path, lean_python: str) -> None:
    """Of the task `epidemic`: every new command line was warned of for its `sys.exit`, which no test can run into."""
    program = '```edit file run.py\nimport sys\n\nif __name__ == "__main__":\n    sys.exit(0)\n```\n'
    model = ScriptedModel(RIGHT + program, "Done.")
    task = Task("fix", str(project), tests=(ADD,))
    result = run(task, Settings(python=lean_python), proposer=ChatProposer(model))
    assert result.verified and result.warnings == () and model.left == 1


def test_given_tests_and_nothing_to_say_are_no_reason(project: Path, lean_python: str) -> None:
    """A request costs the person time and money."""
    model = ScriptedModel(RIGHT, "Done.")
    task = Task("fix", str(project), tests=(ADD,))
    assert run(task, Settings(python=lean_python), proposer=ChatProposer(model)).verified and model.left == 1
