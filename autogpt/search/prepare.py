"""Before the search: run the tests once in the host, their lines noted, and see that it agrees with the cold run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autogpt.feedback.report import Report
from autogpt.search.exam import Exam
from autogpt.search.files import Files
from autogpt.search.host_client import Host, HostGone, Stage, TestResult, Trial
from autogpt.search.localise import Spectrum, functions_of

TRACED_FLOOR = 1.5
"""CPU seconds that a test may take while its lines are noted; of one that needs more, the lines so far count."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The exam for the host, what each test runs, and sentences about what does not fit."""

    exam: Exam
    spectrum: Spectrum
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Runs:
    """Results of tests that were run on the base, with their lines."""

    results: dict[str, TestResult] = field(default_factory=dict[str, TestResult])

    def run(self, host: Host, tests: Sequence[str], seconds: float, stopped: Callable[[], bool]) -> None:
        """A child for all of them; where it dies, another for those that are left."""
        left = list(tests)
        deadline = time.monotonic() + seconds
        for _ in range(12):
            budget = deadline - time.monotonic()
            if not left or budget <= 0 or stopped():
                return
            stage = Stage(left, early=False, budget=budget)
            number = host.ask("warm", [], [stage], {"": TRACED_FLOOR}, lines=True)
            trial = next(trial for got, trial in _answers(host, budget + 60.0, stopped) if got == number)
            ran = {test.id: test for test in trial.tests}
            self.results.update(ran)
            missing = trial.end == "missing"
            left = [id for id in left if id not in ran] if not missing and not trial.cut else []


def _answers(host: Host, seconds: float, stopped: Callable[[], bool]) -> Iterator[tuple[int, Trial]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stopped():
        yield from host.answers(0.1)
    raise HostGone("The test host did not answer in time.")


def prepare(
    host: Host, baseline: Report, goals: Sequence[str], files: Files, *, seconds: float, stopped: Callable[[], bool]
) -> Prepared:
    """Goals without limit of number, passing tests for at most so many seconds, those near the goals first.

    Raise `HostGone` when no goal fails in the host as it does in the cold run.
    """
    runs, tests = _Runs(), test_files(baseline)
    runs.run(host, [id for id in goals if "::" in id], seconds, stopped)
    wrong = [id for id in goals if id in runs.results and runs.results[id].outcome in ("passed", "skipped")]
    good = tuple(id for id in goals if id not in wrong)
    if not good:
        raise HostGone("The failing tests pass in the test host.")
    outside = [id for id in good if not _runs_project(runs.results.get(id), tests)]
    good = tuple(id for id in good if id not in outside)
    if not good:
        raise HostGone("The failing tests run nothing of the project in their own process.")
    passing = _near_first(baseline, goals)
    runs.run(host, passing, seconds, stopped)
    kept = [id for id in passing if id not in runs.results or runs.results[id].outcome == "passed"]
    spectrum = Spectrum(
        {id: runs.results[id].lines for id in good if id in runs.results and runs.results[id].lines},
        {id: runs.results[id].lines for id in kept if id in runs.results},
    )
    took = {id: outcome.seconds for id, outcome in baseline.outcomes.items() if outcome.outcome == "passed"}
    exam = Exam(
        goals=good,
        passing=tuple(sorted(kept, key=lambda id: took.get(id, 0.0))),
        seconds=took,
        reach=_reach(spectrum, files),
        unknown=tuple(id for id in kept if id not in runs.results),
        base={id: runs.results[id] for id in good if id in runs.results},
    )
    notes = [f"{len(wrong)} of the failing tests pass in the test host and are left to the final run."] if wrong else []
    if outside:
        notes.append(f"{len(outside)} of the failing tests run nothing of the project in their own process.")
    odd = len(passing) - len(kept)
    notes += [f"{odd} passing tests fail in the test host and are left to the final run."] if odd else []
    return Prepared(exam, spectrum, tuple(notes))


def _runs_project(result: TestResult | None, tests: frozenset[str]) -> bool:
    """Whether a test runs code of the project at all. Not known counts as yes."""
    if result is None or result.outcome == "crash":
        return True
    return any(numbers and not is_test_support(path, tests) for path, numbers in result.lines.items())


def _near_first(baseline: Report, goals: Sequence[str]) -> list[str]:
    """Passing tests of the goals' files first, then the others, the fastest first in both."""
    files = {id.partition("::")[0] for id in goals}
    passed = [id for id in baseline.passed() if "::" in id and baseline.outcomes[id].outcome == "passed"]
    return sorted(passed, key=lambda id: (id.partition("::")[0] not in files, baseline.outcomes[id].seconds, id))


def _reach(spectrum: Spectrum, files: Files) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """For every function of a covered file, the passing tests that run a line of it."""
    by_line: dict[str, dict[int, list[str]]] = {}
    for id, lines in spectrum.passing.items():
        for path, numbers in lines.items():
            of_path = by_line.setdefault(path, {})
            for number in numbers:
                of_path.setdefault(number, []).append(id)
    reach: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in by_line.keys() | {path for lines in spectrum.failing.values() for path in lines}:
        source = files.source(path)
        for name, node in functions_of(source.tree) if source is not None else ():
            ids: dict[str, None] = {}
            for number in range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1):
                ids.update(dict.fromkeys(by_line.get(path, {}).get(number, ())))
            reach[path, name] = (*reach.get((path, name), ()), *ids)
    return reach


def test_files(baseline: Report) -> frozenset[str]:
    """Files that hold tests, and their helpers by convention."""
    return frozenset(id.partition("::")[0] for id in baseline.outcomes)


test_files.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


def is_test_support(path: str, tests: Collection[str]) -> bool:
    """Whether a file belongs to the tests, so that no change of it is thought of."""
    name = path.rpartition("/")[2]
    folders = set(path.split("/")[:-1])
    return path in tests or name in ("conftest.py", "setup.py") or bool(folders & {"tests", "test", "testing"})
