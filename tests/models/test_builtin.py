"""What the built-in model says beside a change: what the tests leave open, and what a task has to name."""

from __future__ import annotations

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.models.builtin import left_open
from autogpt.search.edit import Edit
from autogpt.task import Task
from tests.conftest import MakeProject

WORDS = 'def longest(words):\n    """Return the longest of some words."""\n    raise NotImplementedError\n'
TEST = "from words import longest\n\ndef test_longest():\n    assert longest(['a', 'bbb', 'cc']) == 'bbb'\n"


@pytest.fixture
def settings(lean_python: str) -> Settings:
    return Settings(python=lean_python)


def body(text: str, kind: str = "synthesis") -> Edit:
    return Edit("words.py", 20, 40, text, kind, "longest", 2, 1.0)


def test_bodies_that_pass_alike_are_told_with_the_likeliest() -> None:
    found = left_open([body("return max(words, key=len)"), body("return words[1]"), body("return sorted(words)[1]")])

    assert found is not None and found.path == "words.py" and "such as `return words[1]`" in found.text
    assert "`longest` is not settled by its tests: 2 other bodies pass them too, such" in found.text


@pytest.mark.parametrize(
    "edits",
    [[], [body("return 1")], [body("return 1"), body("return 1")], [body("<", "sign"), body("<=", "sign")]],
)
def test_otherwise_there_is_nothing_to_tell(edits: list[Edit]) -> None:
    assert left_open(edits) is None


def test_the_result_says_what_its_tests_leave_open(make_project: MakeProject, settings: Settings) -> None:
    """One example is little: the word comes with the result, not only while the run is at work."""
    folder = make_project({"words.py": WORDS, "test_words.py": TEST})

    result = run(Task("implement", str(folder), text="Implement what is missing in words.py"), settings)

    assert result.status == "verified", result.reason
    (warning,) = result.warnings
    assert warning.startswith("words.py: `longest` is not settled by its tests")


def test_a_task_that_names_no_failing_test_is_told_what_to_name(make_project: MakeProject, settings: Settings) -> None:
    folder = make_project({"words.py": WORDS, "test_words.py": TEST})

    result = run(Task("implement", str(folder), text="Make the shop nicer"), settings)

    assert result.status == "failed"
    assert "If one of the failing tests (1) is meant, name it" in result.reason and "`autogpt fix`" in result.reason
