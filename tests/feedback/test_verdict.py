"""Verified means verified: each way of falling short of it has a status and a reason of its own."""

from __future__ import annotations

import pytest

from autogpt.feedback.integrity import Finding
from autogpt.feedback.report import Report, TestOutcome
from autogpt.feedback.verdict import judge, suspects

LETTERS = {"p": "passed", "f": "failed", "e": "error", "s": "skipped", "x": "xfailed", "X": "xpassed"}


def report(outcomes: str, problem: str = "", explanation: str = "") -> Report:
    """`a=p b=f`: test `t.py::a` passed, `t.py::b` failed; `t.py=c` is a file that could not be collected."""
    found: dict[str, TestOutcome] = {}
    for part in outcomes.split():
        name, _, letter = part.partition("=")
        if letter == "c":
            found[name] = TestOutcome(name, "error", phase="collect")
        else:
            id = name if "::" in name else f"t.py::{name}"
            found[id] = TestOutcome(id, LETTERS[letter])  # type: ignore[arg-type]
    return Report(found, problem, explanation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "goal", "status", "said"),
    [
        ("a=f b=p", "a=p b=p", "a", "verified", "t.py::a passes now"),
        ("a=f b=e c=p", "a=p b=p c=p", "a b", "verified", "t.py::a, t.py::b pass now"),
        ("a=f b=p", "a=f b=p", "a", "failed", "Still failing: t.py::a."),
        ("a=f b=f", "a=p b=f", "a b", "failed", "Still failing: t.py::b. 1 pass now."),
        ("a=f b=f", "a=p b=f", "a", "verified", "t.py::a passes now"),
        ("a=f b=p", "a=p b=f", "a", "failed", "Breaks t.py::b."),
        ("a=f b=p", "a=p b=s", "a", "failed", "Breaks t.py::b."),
        ("a=f b=p", "a=p", "a", "failed", "Breaks t.py::b."),
        ("a=f b=p", "a=s b=p", "a", "failed", "Still failing: t.py::a."),
        ("a=f b=p", "a=x b=p", "a", "failed", "Still failing: t.py::a."),
        ("a=f b=p", "b=p", "a", "failed", "Still failing: t.py::a."),
        ("a=f b=x", "a=p b=X", "a", "verified", ""),
        ("a=f b=p u.py::c=p", "a=p b=p u.py=c", "a", "failed", "Breaks u.py::c, u.py."),
        ("a=p", "a=p", "", "unverified", "No test proves it"),
        ("a=p", "a=p n.py::new=p", "", "verified", "n.py::new"),
        ("a=p", "a=p n.py::new=f", "", "unverified", "New tests of the change fail with it: n.py::new."),
        ("a=p", "a=p n.py::new=p n.py::other=f", "", "unverified", "fail with it: n.py::other."),
        ("a=f", "a=p n.py::new=f", "a", "unverified", "fail with it: n.py::new."),
        ("a=f b=p", "a=p b=p", "", "verified", "t.py::a passes now"),
        ("a=f b=p", "a=f b=p", "", "unverified", "No test proves it"),
        ("t.py=c u.py::b=p", "t.py::a=p u.py::b=p", "t.py", "verified", "t.py passes now"),
        ("t.py=c u.py::b=p", "t.py::a=f u.py::b=p", "t.py", "failed", "Still failing: t.py."),
        ("t.py=c u.py::b=p", "u.py::b=p", "t.py", "failed", "Still failing: t.py."),
        ("conftest.py=c", "t.py::a=p t.py::b=p", "conftest.py", "verified", "conftest.py passes now"),
    ],
)
def test_status(before: str, after: str, goal: str, status: str, said: str) -> None:
    names = tuple(name if "." in name else f"t.py::{name}" for name in goal.split())
    verdict = judge(report(before), report(after), goal=names)
    assert (verdict.status, said in verdict.reason) == (status, True), verdict.reason


def test_tests_are_sorted_by_what_became_of_them() -> None:
    verdict = judge(report("a=f b=f c=p d=f e=p"), report("a=p b=f c=f d=f e=p n=p"), goal=["t.py::a", "t.py::b"])
    tests = verdict.tests
    assert tests.fixed == ("t.py::a",)
    assert tests.still_failing == ("t.py::b",)
    assert tests.broken == ("t.py::c",)
    assert tests.preexisting == ("t.py::d",)
    assert tests.added == ("t.py::n",)


def test_a_run_without_a_verdict_is_a_failure_whatever_passed() -> None:
    """A hang or crash hides what would have come after it."""
    verdict = judge(report("a=f"), report("a=p", "timeout", "It hung."), goal=["t.py::a"])
    assert (verdict.status, verdict.reason) == ("failed", "It hung.")


def test_tests_that_cannot_be_run_without_the_change_either_say_nothing_of_it() -> None:
    """A text was called a failure, in a project whose test command lacked a module."""
    dead = report("", "command", "pytest did not start.")
    verdict = judge(dead, dead, goal=[])
    assert (verdict.status, verdict.is_unproved) == ("unverified", True) and "did not start" in verdict.reason
    assert judge(report("a=f", "crash"), report("", "crash"), goal=["t.py::a"]).status == "failed"
    assert judge(report("a=p", "crash"), report("", "crash"), goal=[]).status == "failed"


def test_a_new_test_that_passes_without_the_change_proves_nothing() -> None:
    after = report("a=p n.py::x=p")
    idle = judge(report("a=p"), after, goal=[], proof=report("n.py::x=p"))
    assert idle.status == "unverified" and "its new tests pass without the change, too" in idle.reason
    assert judge(report("a=p"), after, goal=[], proof=report("n.py::x=f")).tests.added == ("n.py::x",)


def test_a_new_test_that_fails_breaks_nothing_whatever_its_name() -> None:
    """Tests of TAP have no file in their names; one that a change brings and that fails was counted as broken."""

    def tap(**outcomes: str) -> Report:
        return Report({name: TestOutcome(name, LETTERS[letter]) for name, letter in outcomes.items()})  # type: ignore[arg-type]

    verdict = judge(tap(adds="f"), tap(adds="p", divides="f"), goal=["adds"])
    assert (verdict.status, verdict.tests.broken, verdict.tests.still_failing) == ("unverified", (), ("divides",))
    assert judge(report("a=f"), report("a=p new.py=c"), goal=["t.py::a"]).tests.broken == ("new.py",)


def test_a_flaky_test_counts_neither_way() -> None:
    flaky = {"t.py::b", "t.py::c"}
    verdict = judge(report("a=f b=p c=f"), report("a=p b=f c=p"), goal=["t.py::a", "t.py::c"], flaky=flaky)
    assert verdict.status == "verified"
    assert verdict.tests.fixed == ("t.py::a",) and not verdict.tests.broken


def test_weakened_tests_cannot_verify_and_control_files_are_refused() -> None:
    before, after = report("a=f"), report("a=p")
    weaken = Finding("t.py", 3, "a given test file was changed", "weaken")
    verdict = judge(before, after, goal=["t.py::a"], findings=[weaken])
    assert verdict.status == "unverified" and "t.py:3" in verdict.reason
    refuse = Finding(".vscode/settings.json", 0, "is obeyed", "refuse")
    assert judge(before, after, goal=["t.py::a"], findings=[refuse]).status == "refused"
    warn = Finding("a.py", 1, "calls sys.exit", "warn")
    verdict = judge(before, after, goal=["t.py::a"], findings=[warn])
    assert verdict.status == "verified" and verdict.warnings == ("a.py:1: calls sys.exit",)


def test_suspects_are_what_passed_and_does_not_now() -> None:
    """They get one more run before the candidate is blamed; what is gone needs none."""
    assert suspects(report("a=p b=p c=p d=f"), report("a=f b=p d=f")) == ("t.py::a",)
