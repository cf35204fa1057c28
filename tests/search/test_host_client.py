"""The host on real projects: what a changed function does there is what it does with the files on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autogpt.search.host_client import Host, Stage
from tests.search.projects import answer, hosted, outcomes, replacement, runner_for, tried, with_change, write

FILES = {
    "shapes.py": """\
import functools

LIMIT = 10
SEEN = []


def area(width, height=2):
    return width + height


def endless(count):
    while count > 0:
        count -= 1
    return count


def deep(count):
    return 0 if count == 0 else 1 + deep(count - 1)


def remember(value):
    if len(SEEN) > 3:
        return -1
    return 1 + value


def scaled(factor):
    def scale(value):
        return value + factor
    return scale


double = scaled(2)
ALIASES = {"area": area}


@functools.lru_cache(None)
def cached(value):
    return value + 1


class Box:
    limit = LIMIT

    def __init__(self, side):
        self.side = side

    @property
    def volume(self):
        return self.side * 3

    @staticmethod
    def unit():
        return Box(2)


class Cube(Box):
    def __init__(self, side):
        super().__init__(side)
        self.kind = "box"
""",
    "test_shapes.py": """\
import os
import subprocess
import sys
import unittest

import pytest
import shapes
from shapes import area


def test_area():
    assert area(3, 4) == 12


def test_alias():
    assert shapes.ALIASES["area"](3, 4) == 12


def test_default():
    assert area(3) == 9


def test_endless():
    assert shapes.endless(3) == 1


def test_deep():
    assert shapes.deep(3) == 4


def test_closure():
    assert shapes.double(3) == 6


def test_cached():
    assert shapes.cached(3) == 5


def test_volume():
    assert shapes.Box.unit().volume == 8


def test_kind():
    assert shapes.Cube(1).kind == "cube"


def test_limit():
    assert shapes.Box.limit == 11


def test_remember():
    assert shapes.remember(1) == 3


@pytest.mark.parametrize("value", [1, 2])
def test_parts(value, tmp_path):
    (tmp_path / "a").write_text("a")
    assert area(value, 1) == value


def test_changes_the_process():
    os.chdir("/")
    sys.setrecursionlimit(500)
    os.environ["X"] = "1"
    assert area(1, 1) == 1


def test_ends_the_process():
    if area(3, 4) != 12:
        os._exit(0)


def test_leaves_a_child():
    subprocess.Popen(["sleep", "1000"])
    assert area(3, 4) == 12


@pytest.fixture(scope="module")
def box():
    made = shapes.Box(2)
    yield made
    made.side = 0


class TestBox(unittest.TestCase):
    def setUp(self):
        self.box = shapes.Box(2)

    def test_volume(self):
        self.assertEqual(self.box.volume, 8)

    def test_volumes(self):
        for side in (1, 2):
            with self.subTest(side):
                self.assertEqual(shapes.Box(side).volume, side * 4)


def test_module_fixture(box):
    assert box.volume == 8


@pytest.mark.skipif(True, reason="never")
def test_skipped():
    assert False


@pytest.mark.xfail
def test_expected_to_fail():
    assert area(3, 4) == 13
""",
}
T = "test_shapes.py::"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with hosted(tmp_path_factory.mktemp("host") / "shapes", FILES) as one:
        yield one


def change(old: str, new: str) -> list[tuple[str, int, int, str]]:
    return [replacement(FILES, "shapes.py", old, new)]


REPAIRS = {
    "test_area": ("width + height", "width * height"),
    "test_alias": ("width + height", "width * height"),
    "test_default": ("height=2", "height=6"),
    "test_endless": ("    return count\n", "    return count + 1\n"),
    "test_deep": ("0 if count == 0", "1 if count == 0"),
    "test_closure": ("value + factor", "value * factor"),
    "test_cached": ("(value):\n    return value + 1", "(value):\n    return value + 2"),
    "test_volume": ("self.side * 3", "self.side * 4"),
    "test_kind": ('"box"', '"cube"'),
    "test_limit": ("LIMIT = 10", "LIMIT = 11"),
    "test_parts[1]": ("width + height", "width"),
    "test_changes_the_process": ("width + height", "width // height"),
    "TestBox::test_volume": ("self.side * 3", "4 * self.side"),
    "TestBox::test_volumes": ("self.side * 3", "self.side * 2 * 2"),
    "test_module_fixture": ("self.side * 3", "self.side + 6"),
}


@pytest.mark.parametrize("test", REPAIRS)
def test_a_repair_is_seen_without_any_file_being_written(host: Host, test: str) -> None:
    """Through aliases, imports by name, closures, decorators, properties, classes and defaults."""
    before = tried(host, [], T + test)
    trial = tried(host, change(*REPAIRS[test]), T + test)
    if trial.end == "reimport":
        trial = tried(host, change(*REPAIRS[test]), T + test, lane="bare")

    assert outcomes(before) == ["failed"]
    assert outcomes(trial) == ["passed"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 12"),
        ("height=2", "height=7"),
        ("@functools.lru_cache(None)\n", ""),
        ("super().__init__(side)", "self.side = side"),
        ("    limit = LIMIT", "    limit = 11"),
        ("    @property\n", ""),
    ],
)
def test_what_lies_outside_of_function_bodies_is_left_to_the_bare_process(host: Host, old: str, new: str) -> None:
    """Module and class level, defaults, decorators, and a `super` that is gone cannot be exchanged in place."""
    assert tried(host, change(old, new), T + "test_area").end == "reimport"


def test_code_that_was_tried_or_is_the_same_is_not_run_again(host: Host) -> None:
    """Redundant brackets and comments make no new code."""
    ends = [
        tried(host, change("width + height", new), T + "test_area", again=False).end
        for new in ("(width + height)", "width - height", "(width) - height  # less")
    ]

    assert ends == ["same", "", "same"]


def test_what_does_not_compile_is_said_at_once(host: Host) -> None:
    assert tried(host, change("width + height", "width +"), T + "test_area").end == "invalid"
    assert tried(host, change("LIMIT = 10", "LIMIT ="), T + "test_area", lane="bare").end == "invalid"


@pytest.mark.parametrize(
    ("new", "outcome"),
    [
        ("        pass\n", "timeout"),
        ("        count = 3\n", "timeout"),
        ("        sum(range(10**10))\n", "timeout"),
        ("        return endless(count)\n", "failed"),
        ("        x = [0] * 10**10\n", "failed"),
    ],
)
def test_what_never_ends_or_eats_memory_ends_alone(host: Host, new: str, outcome: str) -> None:
    """Loops, C code, recursion and memory: the next candidate is tried as if nothing had been."""
    trial = tried(host, change("        count -= 1\n", new), T + "test_endless", cpu=0.2)

    assert outcomes(trial) == [outcome]
    assert outcomes(tried(host, [], T + "test_deep")) == ["failed"]


def test_a_test_that_ends_its_process_does_not_pass(host: Host) -> None:
    """Exit status 0 is no verdict."""
    trial = tried(host, change("width + height", "width - height"), T + "test_ends_the_process")

    assert (trial.end, outcomes(trial)) == ("crash", ["crash"])


def test_a_process_that_a_test_leaves_behind_is_gone(host: Host, tmp_path: Path) -> None:
    trial = tried(host, change("width + height", "width * height"), T + "test_leaves_a_child")

    assert trial.good and outcomes(trial) == ["passed"]


def test_marks_mean_what_they_mean_to_pytest(host: Host) -> None:
    trial = tried(host, [], T + "test_skipped", T + "test_expected_to_fail")

    assert outcomes(trial) == ["skipped", "passed"]


def test_a_stage_comes_to_an_end_at_its_first_failure_and_no_other_begins(host: Host) -> None:
    stages = [Stage([T + "test_area", T + "test_deep"]), Stage([T + "test_skipped"])]
    number = host.ask("warm", [], stages, {"": 1.0})

    assert [test.id for test in answer(host, number).tests] == [T + "test_area"]


def test_a_test_that_is_not_there_is_not_passed(host: Host) -> None:
    trial = tried(host, [], T + "test_of_old")

    assert trial.end == "missing" and not trial.good


def test_lines_are_those_of_the_project_that_the_test_runs(host: Host) -> None:
    number = host.ask("warm", [], [Stage([T + "test_area", T + "test_deep"], early=False)], {"": 1.0}, lines=True)
    first, second = answer(host, number).tests

    assert dict(first.lines) == {"shapes.py": [8]}
    assert dict(second.lines) == {"shapes.py": [18]}


def test_one_candidate_leaves_no_trace_for_the_next(host: Host) -> None:
    """Wrong results stay in no cache or list: of many candidates in one process the last does as if alone."""
    poison = [change("    if len(SEEN) > 3:", f"    SEEN.extend([{n}] * 9)\n    if len(SEEN) > 3:") for n in range(8)]
    wrong = [change("(value):\n    return value + 1", f"(value):\n    return value + {n}") for n in range(10, 18)]
    numbers = [host.ask("warm", one, [Stage([T + "test_remember"])], {"": 1.0}) for one in poison]
    numbers += [host.ask("warm", one, [Stage([T + "test_cached"])], {"": 1.0}) for one in wrong]
    good = [
        host.ask("warm", change("return 1 + value", "return 2 + value"), [Stage([T + "test_remember"])], {"": 1.0}),
        host.ask("warm", change("(value):\n    return value + 1", "(value):\n    return 2 + value"),
                 [Stage([T + "test_cached"])], {"": 1.0}),
    ]  # fmt: skip
    found = {}
    while len(found) < len(numbers) + 2:
        found.update(host.answers(1.0))

    assert [outcomes(found[number]) for number in numbers] == [["failed"]] * 16
    assert [outcomes(found[number]) for number in good] == [["passed"]] * 2


def test_the_host_and_a_cold_run_agree(tmp_path: Path) -> None:
    """What functions did while modules were imported cannot be exchanged in place: that is told."""
    files = {
        "table.py": "def build():\n    return {1: 'a'}\n\n\nT = build()\n\n\ndef get(key):\n    return T[key]\n",
        "test_table.py": "from table import get\n\n\ndef test_get():\n    assert get(1) == 'b'\n",
    }
    edit = replacement(files, "table.py", "'a'", "'b'")
    with hosted(tmp_path / "p", files) as host:
        warm = tried(host, [edit], "test_table.py::test_get")
        bare = tried(host, [edit], "test_table.py::test_get", lane="bare")
    cold = with_change(
        runner_for(tmp_path / "p"), tmp_path / "p", {"table.py": files["table.py"].replace("'a'", "'b'").encode()}
    )

    assert warm.ran_at_import and outcomes(warm) == ["failed"]
    assert outcomes(bare) == ["passed"] and not cold.failing()


def test_a_suite_that_does_not_start_is_a_sentence(tmp_path: Path) -> None:
    """The engine falls back to cold runs, so the reason must come as a value it can show."""
    from autogpt.search.host_client import HostGone, open_host

    workspace = write(tmp_path / "p", {"conftest.py": "import nowhere\n", "test_a.py": "def test_a(): pass\n"})
    with open_host(runner_for(workspace).place, workspace) as host, pytest.raises(HostGone, match="host"):
        host.ready(30.0)
