"""The outcome of a suite is read from the tests themselves, not from an exit status."""

from __future__ import annotations

from pathlib import Path

from benchmarks.repair.suite import run_suite

BELOW = "tests/test_ranges.py::test_below[-1]"


def test_tells_outcomes_places_and_functions_reached(source: Path, python: Path) -> None:
    run = run_suite(source, python, trace=True)

    assert not run.problem and not run.failed() and len(run.passed()) == 9
    assert run.tests[BELOW].site == ("tests/test_ranges.py", 10)
    assert ("tiny/ranges.py", 4) in run.tests[BELOW].reached
    assert ("tiny/ranges.py", 13) not in run.tests[BELOW].reached


def test_runs_only_the_tests_asked_for(source: Path, python: Path) -> None:
    wanted = [BELOW, "tests/test_more.py::test_negative_bounds"]

    assert set(run_suite(source, python, wanted).tests) == set(wanted)


def test_tells_failing_tests(source: Path, python: Path) -> None:
    module = source / "tiny" / "ranges.py"
    module.write_text(module.read_text().replace("return high", "return low"))

    assert run_suite(source, python).failed() == {"tests/test_ranges.py::test_above"}


def test_stops_after_enough_failures(source: Path, python: Path) -> None:
    module = source / "tiny" / "ranges.py"
    module.write_text(module.read_text().replace("def clamp(", "def clamp(missing, "))

    assert len(run_suite(source, python, failures=2).failed()) == 2


def test_a_module_that_cannot_be_imported_is_a_problem(source: Path, python: Path) -> None:
    (source / "tiny" / "ranges.py").write_text("raise RuntimeError")

    assert run_suite(source, python).problem == "broken"


def test_a_hang_is_a_problem_and_is_ended(source: Path, python: Path) -> None:
    (source / "tiny" / "ranges.py").write_text("while True: pass")

    assert run_suite(source, python, timeout=1).problem == "timeout"
