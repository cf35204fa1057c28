"""A run is judged by tests it has not seen; a benchmark that is cut short goes on where it was."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from autogpt.bench.table import summary
from benchmarks.repair.attempt import Contest, Outcome, attempt
from benchmarks.repair.bugs import Bug, digest, read_source
from benchmarks.repair.packages import Package
from benchmarks.repair.run import choose, expected_tests, load_outcomes
from benchmarks.repair.summary import as_rows, summarize

LOW = "        return low\n"
REFERENCE = (sys.executable, "-m", "benchmarks.repair.reference")

TRICK = """
import json, pathlib, subprocess, sys
workspace = pathlib.Path(sys.argv[sys.argv.index("--workspace") + 1])
module = workspace / "tiny" / "ranges.py"
module.write_text(module.read_text().replace("return high", "return 0", 1))
git = ["git", "-C", str(workspace), "-c", "user.name=x", "-c", "user.email=x@localhost"]
subprocess.run([*git, "commit", "-qam", "Please the test shown"], check=True)
head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
subprocess.run([*git, "reset", "-q", "--hard", "HEAD~1"], check=True)
print(json.dumps({"status": "verified", "commit": head, "seconds": 0.5, "candidates": 3}))
"""


@pytest.fixture
def bug(source: Path) -> Bug:
    """Below the range the wrong end is returned; one test of it is shown, one is not."""
    text = read_source(source / "tiny" / "ranges.py")
    start = text.index(LOW)
    return Bug(
        id="tiny-001",
        package="tiny",
        version="1.0",
        half="dev",
        kinds=("return",),
        file="tiny/ranges.py",
        functions=("clamp",),
        digest=digest(text),
        edits=((start, start + len(LOW), "        return high\n"),),
        failing=("tests/test_ranges.py::test_below",),
        hidden=("tests/test_more.py::test_negative_bounds",),
        keep={"tests/test_ranges.py": (6, 10)},
    )


@pytest.fixture
def expected(package: Package, source: Path, python: Path, tmp_path: Path) -> list[str]:
    return expected_tests(package, source, python, tmp_path / "cache")


Attempt = Callable[..., Outcome]


@pytest.fixture
def run(package: Package, source: Path, python: Path, bug: Bug, expected: list[str]) -> Attempt:
    """Runs a command on the bug as the benchmark would."""

    def run(command: tuple[str, ...], *, stopped: bool = False) -> Outcome:
        contest = Contest(python, command=command)
        if stopped:
            contest.stop.set()
        return attempt(bug, package, source, expected, contest)

    return run


def command(tmp_path: Path, program: str) -> tuple[str, ...]:
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program), encoding="utf-8")
    return (sys.executable, str(path))


def test_the_original_is_a_correct_repair(run: Attempt) -> None:
    outcome = run(REFERENCE)

    assert (outcome.status, outcome.fixed, outcome.correct, outcome.same) == ("verified", True, True, True)
    assert outcome.memory_mb > 1


def test_a_repair_that_only_pleases_the_tests_shown_is_wrong(run: Attempt, tmp_path: Path) -> None:
    outcome = run(command(tmp_path, TRICK))

    assert (outcome.fixed, outcome.correct, outcome.candidates) == (True, False, 3)
    assert outcome.broken == ("tests/test_more.py::test_negative_bounds",)


def test_a_crash_of_the_product_is_an_outcome(run: Attempt, tmp_path: Path) -> None:
    outcome = run(command(tmp_path, "raise SystemExit('no such luck')"))

    assert (outcome.status, outcome.fixed, outcome.reason) == ("no answer", False, "no such luck")


def test_a_run_is_ended_when_the_benchmark_is(run: Attempt, tmp_path: Path) -> None:
    assert run(command(tmp_path, "import time; time.sleep(1000)"), stopped=True).status == "overrun"


def test_edits_tried_are_read_from_the_journal(run: Attempt, tmp_path: Path) -> None:
    program = """
        import json, os, pathlib
        run = pathlib.Path(os.environ["AUTOGPT_STATE_HOME"], "workspaces", "w", "runs", "1")
        run.mkdir(parents=True)
        lines = [{"event": "SearchProgressed", "tried": n, "per_second": n / 2, "passing": n - 10} for n in (10, 400)]
        (run / "events.jsonl").write_text("".join(json.dumps(line) + "\\n" for line in lines))
        print(json.dumps({"status": "failed", "candidates": 1, "seconds": 2.0}))
    """

    outcome = run(command(tmp_path, program))

    assert (outcome.candidates, outcome.until, outcome.per_second) == (400, 390, 200.0)
    assert outcome.status == "failed"


def test_a_sample_is_the_same_each_time_and_the_beginning_of_a_larger_one(bug: Bug) -> None:
    bugs = [replace(bug, id=f"tiny-{number}", half=("dev", "held-out")[number % 2]) for number in range(40)]

    assert choose(bugs, "dev", (), 5) == choose(list(reversed(bugs)), "dev", (), 0)[:5]
    assert {one.half for one in choose(bugs, "held-out", (), 0)} == {"held-out"}
    assert [one.id for one in choose(bugs, "all", ["tiny-3"], 0)] == ["tiny-3"]


def outcome(id: str, *, fixed: bool, correct: bool, seconds: float) -> Outcome:
    return Outcome(
        id, "tiny", "dev", ("return", "name"), "single", "builtin", "verified" if fixed else "failed",
        fixed=fixed, correct=correct, seconds=seconds, wall=seconds + 1, candidates=10, per_second=50.0,
    )  # fmt: skip


def test_results_survive_a_torn_last_line(tmp_path: Path) -> None:
    whole = outcome("tiny-1", fixed=True, correct=True, seconds=1.5)
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(asdict(whole)) + '\n{"id": "tin')

    assert load_outcomes(path) == [whole]


def test_the_summary_counts_correct_among_the_fixed() -> None:
    text = summarize(
        [
            outcome("1", fixed=True, correct=True, seconds=1),
            outcome("2", fixed=True, correct=False, seconds=3),
            outcome("3", fixed=False, correct=False, seconds=60),
        ]
    )

    assert "fixed and verified        2  66.7%" in text
    assert "correct on hidden tests   1  50.0% of the fixed" in text
    assert "seconds, all              median 3.0, 90th percentile 60.0" in text


def test_outcomes_are_rows_of_a_table_and_a_picture() -> None:
    """Whether a repair is correct is not known of what was not repaired."""
    mended = Outcome("a-1", "a", "dev", ("name",), "function", "search", "verified", True, True, candidates=7)
    missed = Outcome("a-2", "a", "dev", ("name",), "function", "search", "failed")

    rows = as_rows([mended, missed])

    assert [(row.name, row.verified, row.correct) for row in rows] == [("a-1", True, True), ("a-2", False, None)]
    assert summary(rows, 2)["verified"] == 1
