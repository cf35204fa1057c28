"""Where failing tests and suspects are in a text that moved on since the run looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from autogpt_lsp.documents import Document, split_lines
from autogpt_lsp.features.diagnostics import failing_range, suspect_range
from autogpt_lsp.findings import Findings, outline_of
from autogpt_lsp.states import Entry

from autogpt.events import FailedTest, Place
from autogpt.state import RunState
from autogpt.worker.protocol import Hunk

TEST = "t/test_a.py::TestAdd::test_add[1-2]"
TEXT = """\
class TestAdd:
    def test_zero(self):
        assert add(0) == 1

    def test_add(self):
        assert add(0) == 1
        assert add(1) == 2
"""
SAID = FailedTest(
    TEST, "assert 5 == 2", "AssertionError", (Place("t/test_a.py", 7, "TestAdd.test_add", "assert add(1) == 2"),)
)


def document(text: str) -> Document:
    return Document("file:///w/t/test_a.py", "python", 1, split_lines(text), "utf-16", Path("/w/t/test_a.py"))


def heard(*failures: FailedTest, failing: tuple[str, ...] = (TEST,)) -> Findings:
    findings = Findings()
    entry = Entry(Path("/w"), RunState("r"), failing=failing, failures=failures)
    entry.suspects = {"a.py::add": None, "a.py::helper": None}
    entry.suspected = {(TEST, "other"): (Place("a.py", 3, "add", "return 5"),), ("other",): (Place("b.py", 1),)}
    findings.hear(entry)
    return findings


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (TEXT, 6, "assert add(1) == 2"),
        ("# one\n# two\n" + TEXT, 8, "assert add(1) == 2"),
        (TEXT.replace("        assert add(0) == 1\n        assert", "        assert"), 5, "assert add(1) == 2"),
        (TEXT.replace("add(1) == 2", "add(1) == 3"), 4, "test_add"),
        ("x = 1\n", 0, ""),
    ],
    ids=["as it was", "moved", "moved inside", "the assertion is gone", "the test is gone"],
)
def test_a_failing_test_is_shown_at_its_assertion_wherever_that_is_now(text: str, line: int, said: str) -> None:
    """At the name of the test when the person rewrote the line; never at some other line that looks alike."""
    shown = document(text)

    span = failing_range(shown, heard(SAID).failing(Path("/w"))[0])

    assert span.start.line == line
    assert shown.lines[line][span.start.character : span.end.character] == said


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 37), ("utf-16", 35), ("utf-32", 34)])
def test_columns_are_in_the_units_of_the_client(encoding: str, end: int) -> None:
    line = "        assert add('🍵') == 2  # so"
    said = FailedTest(TEST, "no", "", (Place("t/test_a.py", 7, "", line.strip()),))
    shown = document(TEXT.replace("        assert add(1) == 2", line))
    shown.encoding = encoding

    span = failing_range(shown, heard(said).failing(Path("/w"))[0])

    assert (span.start.character, span.end.character) == (8, end)


def test_an_equal_line_of_another_test_is_not_taken_for_the_assertion() -> None:
    said = FailedTest(TEST, "assert 5 == 1", "", (Place("t/test_a.py", 3, "", "assert add(0) == 1"),))

    assert failing_range(document(TEXT), heard(said).failing(Path("/w"))[0]).start.line == 5


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (SAID, "TestAdd.test_add: assert 5 == 2"),
        (FailedTest(TEST, "no such key", "KeyError"), "TestAdd.test_add: KeyError: no such key"),
        (FailedTest(TEST, "\n".join("abcdefghijkl")), "TestAdd.test_add: a\nb\nc\nd\ne\nf\ng\nh"),
        (FailedTest(TEST), f"This test fails: {TEST}"),
    ],
)
def test_the_message_is_what_failed_and_short(said: FailedTest, message: str) -> None:
    assert heard(said).failing(Path("/w"))[0].message == message


def test_suspects_are_those_of_the_test_then_its_traceback_then_functions_that_were_looked_into() -> None:
    deep = FailedTest(TEST, frames=(*SAID.frames, Place("c.py", 9, "deep", "raise X")))

    (test,) = heard(deep).failing(Path("/w"))

    assert [(place.path, place.line, place.function) for place in test.suspects] == [
        ("a.py", 3, "add"),
        ("c.py", 9, "deep"),
        ("a.py", 0, "helper"),
    ]


def test_a_function_is_suspected_by_any_of_its_lines() -> None:
    """So the action that fixes the test is offered on the code, too."""
    (symbol,) = outline_of(document("def add(a):\n    b = a\n    return 5\n")).symbols

    assert [test.id for test in heard(SAID).suspected(Path("/w"), "a.py", symbol)] == [TEST]


@pytest.mark.parametrize(
    ("suspect", "line"),
    [
        (Place("t/test_a.py", 6, "TestAdd.test_add", "assert add(0) == 1"), 5),
        (Place("t/test_a.py", 6, "TestAdd.test_add", "gone"), 4),
        (Place("t/test_a.py", 0, "TestAdd.test_zero"), 1),
        (Place("t/test_a.py", 99, "nowhere", "gone"), 0),
    ],
)
def test_a_suspect_is_its_line_or_else_its_function(suspect: Place, line: int) -> None:
    assert suspect_range(document(TEXT), suspect).start.line == line


def test_what_a_proposal_fixes_fails_no_more_once_it_is_applied() -> None:
    findings = heard(SAID)
    state = RunState("r")
    entry = Entry(Path("/w"), state)
    entry.state = RunState("r", tests=state.tests.__class__(fixed=(TEST,)))
    entry.applied.add(Hunk("h", "a.py", 0, 1, 0, 1).id)
    findings.hear(entry)

    assert findings.failing(Path("/w")) == []
