"""What failed, in as few words as hold the values and the place."""

from __future__ import annotations

from autogpt.feedback.report import Frame, Report, TestOutcome
from autogpt.models import evidence
from autogpt.models.base import Attempt, Candidate, Verdict
from autogpt.result import Tests


def failed(name: str, message: str = "assert 1 == 2", line: int = 3, output: str = "") -> TestOutcome:
    frames = (Frame("tests/t.py", 9, name, "f(1)"), Frame("src/a.py", line, "f", "return x"))
    return TestOutcome(
        f"t.py::{name}", "failed", message=message, exception="AssertionError", frames=frames, output=output
    )


def report(*outcomes: TestOutcome) -> Report:
    return Report({outcome.id: outcome for outcome in outcomes})


def test_a_failure_has_its_values_and_frames() -> None:
    told = evidence.failures(report(failed("test_a", output="seen")), ["t.py::test_a"], {"src/a.py"})
    assert "t.py::test_a fails:\n    assert 1 == 2" in told and "It printed:\n    seen" in told
    assert (
        "at src/a.py:3 in f  `return x`  <- a file you changed" in told
        and "at tests/t.py:9 in test_a  `f(1)`\n" in told
    )


def test_failures_alike_are_told_once() -> None:
    """Four thousand failures of one cause must not fill the prompt."""
    many = [failed(f"test_{n}", f"assert {n} == 2") for n in range(50)]
    told = evidence.failures(report(*many), [one.id for one in many])
    assert told.count("assert ") == 1 and "and 29 more" in told and len(told) < 1500


def test_failures_of_many_kinds_are_named_after_the_first() -> None:
    many = [failed(f"test_{n}", line=n) for n in range(10)]
    told = evidence.failures(report(*many), [*[one.id for one in many], "t.py::gone"])
    assert told.count("assert 1 == 2") == evidence.DETAILED and "Failing in other ways: t.py::test_6" in told
    assert "Not run: t.py::gone" in told


def test_long_messages_lose_their_middle() -> None:
    told = evidence.failures(report(failed("t", "begin " + "x" * 90_000 + " end")), ["t.py::t"])
    assert "begin" in told and " end" in told and len(told) < 4000


def test_escapes_of_a_terminal_do_not_reach_the_prompt() -> None:
    told = evidence.failures(report(failed("t", "\x1b[31mred\x1b[0m")), ["t.py::t"])
    assert "    red" in told and "\x1b" not in told


def test_an_outcome_tells_the_goal_first_and_what_broke() -> None:
    whole = report(
        failed("test_other", "assert 7 == 8", 1), failed("test_goal", "assert 3 == 4", 2), failed("test_was", "boom", 5)
    )
    tests = Tests(fixed=("t.py::x",), broken=("t.py::test_was",), still_failing=("t.py::test_other", "t.py::test_goal"))
    change = Candidate({"src/a.py": b""}, "Try")
    told = evidence.outcome_of(Attempt(change, Verdict("failed", "No.", tests, whole)), ["t.py::test_goal"])
    places = [
        told.index(part) for part in ("Fixed by it: t.py::x", "Broken by it", "assert 3 == 4", "assert 7 == 8", "boom")
    ]
    assert places == sorted(places) and "applied and tested. No." in told


def test_a_run_without_verdict_says_why() -> None:
    lost = Report(problem="timeout", explanation="The tests hung in test_a.", output="waiting ...")
    told = evidence.outcome_of(Attempt(Candidate({}, "x"), Verdict("failed", "Hung.", report=lost)), [])
    assert "The tests hung in test_a.\n    waiting ..." in told


def test_a_refused_change_was_not_tested() -> None:
    told = evidence.outcome_of(Attempt(Candidate({}, "x"), Verdict("refused", "conftest.py sets up the tests.")), [])
    assert told == "The change was refused and not tested: conftest.py sets up the tests."


def test_files_of_tracebacks_come_innermost_first() -> None:
    assert evidence.files_in(report(failed("t")), ["t.py::t"]) == ("src/a.py", "tests/t.py")
