"""What failures taught is told later, is short, and is a person's to read and to strike out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autogpt.models.base import Attempt, Candidate, Verdict
from autogpt.models.lessons import KEPT, LONGEST, TOLD, Lessons, of_attempts, of_refusal
from autogpt.result import Tests
from tests.models.work import ADD, BASELINE, TWICE, failing, passing, report


def attempt(verdict: Verdict) -> Attempt:
    return Attempt(Candidate({"calc.py": b"x"}, "Change it"), verdict)


def test_what_was_learnt_is_told_the_most_often_learnt_first(tmp_path: Path) -> None:
    lessons = Lessons.of(tmp_path)
    for texts in (["A.", "B."], ["B.", "B."], ["C."]):
        lessons.add(texts)
    assert Lessons.of(tmp_path).told() == ("B.", "A.", "C.")
    assert lessons.file.read_text() == "1x A.\n2x B.\n1x C.\n"
    assert Lessons.of(tmp_path / "elsewhere").told() == ()


def test_an_edit_that_was_refused_once_is_an_accident(tmp_path: Path) -> None:
    lessons, refusal = Lessons.of(tmp_path), of_refusal("replace", "calc.py: SEARCH is empty; give the lines.")
    assert "calc.py" not in refusal and "`replace`" in refusal and refusal.endswith("SEARCH is empty")
    lessons.add([refusal])
    assert lessons.told() == ()
    lessons.add([refusal])
    assert lessons.told() == (refusal,)


def test_lessons_are_few_and_short(tmp_path: Path) -> None:
    lessons = Lessons.of(tmp_path)
    for number in range(KEPT + 20):
        lessons.add([f"Lesson {number} " + "and so on " * 99])
    assert len(lessons.file.read_text().splitlines()) == KEPT and len(lessons.told()) == TOLD
    assert all(len(text) <= LONGEST for text in lessons.told()) and "Lesson 19 " not in lessons.file.read_text()


def test_a_person_may_strike_out_lines_and_damage_does_no_harm(tmp_path: Path) -> None:
    lessons = Lessons.of(tmp_path)
    lessons.add(["A.", "B."])
    lessons.file.write_bytes(b"2x B.\n\xff\xfe nonsense\nx\n-3x no\n")
    assert lessons.told() == ("B.",)
    lessons.add(["B."])
    assert lessons.told() == ("B.",) and "3x B." in lessons.file.read_text()
    lessons.file.unlink()
    assert lessons.told() == ()


def test_a_secret_is_not_learnt(tmp_path: Path) -> None:
    key = "AKIA" + "A1B2C3D4E5F6G7H8"
    lessons = Lessons.of(tmp_path)
    lessons.add([f"It needs {key}.\nAnd more."])
    assert key not in lessons.file.read_text() and lessons.told()[0].endswith("And more.")


def test_lessons_are_what_execution_proved() -> None:
    """A broken test, a module that is missing, a refusal and a hang; a candidate that merely did not help is none."""
    broke = Verdict("failed", "Breaks it.", Tests(broken=(TWICE,)), report(passing(ADD), failing(TWICE)))
    lacks = failing(ADD, "No module named 'requests'")
    missing = Verdict("failed", "Still.", Tests(still_failing=(ADD,)), report(lacks, passing(TWICE)))
    refused = Verdict("refused", "It changes conftest.py.")
    hangs = Verdict("failed", "No end.", report=replace(report(), problem="timeout"))
    idle = Verdict("failed", "Still.", Tests(still_failing=(ADD,)), report(failing(ADD)))
    found = list(of_attempts([attempt(one) for one in (broke, missing, refused, hangs, idle)], BASELINE))
    assert found == [
        f"A change of calc.py broke {TWICE}, which passed before it.",
        "The tests cannot import `requests`: a change that needed it failed.",
        "A change of calc.py was refused: It changes conftest.py.",
        "With a change of calc.py the tests came to no end.",
    ]
    assert not list(of_attempts([attempt(missing)], report(lacks)))
