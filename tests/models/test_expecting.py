"""Local weights guess from the place that the task is about; what they write is the same without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autogpt.edits import Format
from autogpt.feedback.report import Frame
from autogpt.models.chat import ChatProposer
from autogpt.models.expecting import likely_edits
from autogpt.models.scripted import ScriptedModel
from autogpt.models.tree import Tree
from autogpt.task import Position, Range, Target, Task
from tests.models.work import ADD, RIGHT, Round, failing, report

FRAMES = (Frame("tests/test_calc.py", 5, "test_add", ""), Frame("calc.py", 2, "add", "return a - b"))


def at(folder: Path, target: Target | None = None) -> Round:
    made = Round(folder, task=Task("implement", str(folder), "Mend it", target=target))
    made.baseline = report(replace(failing(ADD), frames=FRAMES))
    return made


@pytest.mark.parametrize(
    ("format", "begins"),
    [
        ("symbol", "```edit symbol calc.py::add\ndef add(a, b):\n    return a - b\n```\n"),
        ("replace", "```edit replace calc.py\n<<<<<<< SEARCH\ndef add(a, b):\n    return a - b\n=======\ndef add"),
        ("file", ""),
    ],
)
def test_the_function_where_a_failing_test_ends_is_expected(tmp_path: Path, format: Format, begins: str) -> None:
    """Not the test itself, which is never to be changed."""
    made = at(tmp_path)
    told = likely_edits(made.brief, Tree(tmp_path), format, "```")
    assert told.startswith(begins) and bool(told) == bool(begins) and "test_add" not in told


def test_the_target_comes_first(tmp_path: Path) -> None:
    made = at(tmp_path, Target("calc.py", Range(Position(5, 4), Position(5, 4))))
    told = likely_edits(made.brief, Tree(tmp_path), "symbol", "```")
    assert told.index("calc.py::twice") < told.index("calc.py::add")


def test_nowhere_to_begin_is_nothing(tmp_path: Path) -> None:
    made = at(tmp_path, Target("gone.py", Range(Position(5, 4), Position(5, 4))))
    made.goal = ()
    assert likely_edits(made.brief, Tree(tmp_path), "symbol", "```") == ""


def test_a_model_that_guesses_is_told(tmp_path: Path) -> None:
    class Guessing(ScriptedModel):
        expected = ""

    model, made = Guessing(RIGHT), at(tmp_path)
    ChatProposer(model).propose(made.brief, made.desk)
    assert "calc.py" in model.expected and "def add(a, b):" in model.expected
