"""Which tests a change can affect, by the lines that they ran on the base."""

from __future__ import annotations

import pytest

from autogpt.feedback.contexts import Contexts, read_lines
from autogpt.feedback.pytest_runner import PytestRunner
from autogpt.stop import Stop
from tests.feedback.projects import MakeProject

CALC = """\
LIMIT = 9


def add(a, b):
    if a > LIMIT:
        return LIMIT
    return a + b


def twice(a):
    def inner():
        return add(a, a)

    return inner()
"""
TESTS = """\
import threading

import pytest

import calc


@pytest.fixture
def four():
    return calc.twice(2)


def test_add():
    assert calc.add(1, 2) == 3


def test_fixture(four):
    assert four == 4


def test_thread():
    thread = threading.Thread(target=calc.add, args=(1, 2))
    thread.start()
    thread.join()


def test_nothing():
    assert calc.LIMIT == 9
"""
ADD, FIXTURE, THREAD = (f"test_calc.py::test_{name}" for name in ("add", "fixture", "thread"))
CHANGES = [
    (("return a + b", "return b + a"), {ADD, FIXTURE, THREAD}),
    (("        return LIMIT", "        return 8"), {ADD, FIXTURE, THREAD}),  # never run, in a function that is
    (("    return a + b", "    b += 0\n    return a + b"), {ADD, FIXTURE, THREAD}),
    (("return add(a, a)", "return 2 * a"), {FIXTURE}),
    (("return inner()", "return inner() + 0"), {FIXTURE}),
    (("LIMIT = 9", "LIMIT = 8"), None),
    (("def twice(a):", "def twice(a=1):"), None),
]


@pytest.fixture
def contexts(project: MakeProject) -> Contexts:
    made = project({"calc.py": CALC, "test_calc.py": TESTS})
    runner = made.runner()
    assert isinstance(runner, PytestRunner)
    found = runner.record(made.tree, timeout=60, stop=Stop())
    assert found is not None
    return found


def test_a_change_reaches_the_tests_that_run_its_function(contexts: Contexts) -> None:
    """Set-up and threads of a test count for it; what runs when modules are imported cannot be told."""
    for (old, new), expected in CHANGES:
        change = {"calc.py": CALC.replace(old, new).encode()}
        assert contexts.affected(change, lambda _: CALC.encode()) == expected, new


def test_other_files_and_new_ones_cannot_be_told(contexts: Contexts) -> None:
    assert contexts.affected({"data.json": b"{}"}, lambda _: b"[]") is None
    assert contexts.affected({"new.py": b"x = 1\n"}, lambda _: None) is None
    assert contexts.affected({"calc.py": b"x = 1\n"}, lambda _: b"def (") is None


def test_a_suite_that_does_not_end_records_nothing(project: MakeProject) -> None:
    made = project({"test_it.py": "import time\n\n\ndef test_it():\n    time.sleep(60)\n"})
    runner = made.runner()
    assert isinstance(runner, PytestRunner)
    assert runner.record(made.tree, timeout=1.5, stop=Stop()) is None


def test_lines_are_read_as_they_are_written() -> None:
    assert read_lines({"a.py": "1-3,7", "b.py": ""}) == {"a.py": frozenset({1, 2, 3, 7}), "b.py": frozenset()}
