"""Runs of named files are forked off a session that has begun, where that comes to the same; else they are not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from autogpt.feedback.bubblewrap import can_layer, why_not
from tests.feedback.projects import MakeWarm, Warm, make_environment, write

pytestmark = pytest.mark.skipif(
    bool(why_not("")) or not can_layer("/tmp"), reason="warm runs need bubblewrap and overlayfs"
)

TEST = "tests/test_it.py::test_it"
FILES = {
    "stock.py": "COUNT = 2\n",
    "tests/conftest.py": "import pytest, stock\n\n\n@pytest.fixture\ndef count():\n    return stock.COUNT\n",
    "tests/test_it.py": "def test_it(count):\n    print('it counts', count)\n    assert count == 2\n",
}


def settled(warm: MakeWarm, files: Mapping[str, str], **settings: object) -> Warm:
    """A project whose parents are both up."""
    made = warm(files, **settings)
    made.run()
    parent = made.runner.parent
    assert parent is not None
    deadline = time.monotonic() + 20
    while not (parent.is_deep or parent.not_deep) and time.monotonic() < deadline:
        parent.settle(0.1)
    return made


def both(made: Warm, files: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a warm run of the one test says, which must be what a cold one says."""
    said, cold = made.outcomes(files, tests=[TEST]), made.outcomes(files, tests=[TEST], fresh=True)
    assert said == cold
    return said


def test_a_change_of_code_of_a_fixture_or_of_a_test_is_seen(warm: MakeWarm) -> None:
    made = settled(warm, FILES)
    assert both(made) == {TEST: "passed"}
    assert both(made, {"stock.py": "COUNT = 3\n"}) == {TEST: "failed"}
    assert both(made, {"stock.py": "COUNT = 2\n"}) == {TEST: "passed"}
    assert both(made, {"tests/conftest.py": FILES["tests/conftest.py"].replace("COUNT", "COUNT + 1")}) == {
        TEST: "failed"
    }
    assert both(made, {"tests/conftest.py": "raise ValueError\n"}) == {"tests/conftest.py": "error"}
    assert made.runner.deep_runs == 4


def test_a_change_that_is_compiled_ahead_says_what_it_would_say(warm: MakeWarm) -> None:
    """Code of a known file comes from another process; errors and warnings of it come from the run itself."""
    made = settled(warm, {**FILES, "pytest.ini": "[pytest]\nfilterwarnings = error\n"})
    for _ in range(2):
        assert both(made) == {TEST: "passed"}
    assert both(made, {"stock.py": "COUNT = 1 + 1\n"}) == {TEST: "passed"}
    assert both(made, {"stock.py": "COUNT = 1 + 2\n"}) == {TEST: "failed"}
    assert both(made, {"stock.py": "COUNT = (\n"}) == {"tests/conftest.py": "error"}
    assert both(made, {"stock.py": "COUNT = 2 if 1 is 1 else 3\n"}) == {"tests/conftest.py": "error"}
    assert both(made, {"stock.py": "COUNT = 3 - 1\n"}) == {TEST: "passed"}


EARLY = {
    "pytest_configure": "import stock\n\n\ndef pytest_configure(config):\n    stock.COUNT = 2\n",
    "pytest_addoption": "def pytest_addoption(parser):\n    parser.addoption('--count', default=2)\n",
    "pytest_collection_modifyitems": "def pytest_collection_modifyitems(items):\n    items.reverse()\n",
    "pytest_sessionstart": "import stock\n\n\ndef pytest_sessionstart(session):\n    stock.COUNT = 2\n",
    "pytest_plugins": "pytest_plugins = ['stock']\n",
}


@pytest.mark.parametrize("kind", EARLY)
def test_a_conftest_that_is_needed_early_makes_the_run_begin_early(warm: MakeWarm, kind: str) -> None:
    """Such a project's runs are still warm, and nothing of it was done twice."""
    made = settled(warm, {**FILES, "conftest.py": EARLY[kind]})
    for _ in range(2):
        assert both(made) == {TEST: "passed"}
    assert made.runner.deep_runs == 0 and made.runner.warm_runs == 3


def test_a_conftest_that_declares_markers_is_early_enough(warm: MakeWarm) -> None:
    """Most that have a `pytest_configure` do nothing else with it."""
    markers = "def pytest_configure(config):\n    config.addinivalue_line('markers', 'slow: takes its time')\n"
    test = "import pytest\n\n\n@pytest.mark.%s\ndef test_it(count):\n    assert count == 2\n"
    files = {**FILES, "conftest.py": markers, "pytest.ini": "[pytest]\naddopts = --strict-markers\n"}
    made = settled(warm, {**files, "tests/test_it.py": test % "slow"})
    assert both(made) == {TEST: "passed"}
    assert both(made, {"tests/test_it.py": test % "quick"}) == {"tests/test_it.py": "error"}
    assert made.runner.deep_runs == 2


@pytest.mark.parametrize("option", ["--capture=fd", "--capture=sys", "--capture=no"])
def test_what_is_printed_is_the_run_s_own(warm: MakeWarm, option: str) -> None:
    """The parent captures into files of its own, which a run must not share."""
    files = {**FILES, "pytest.ini": f"[pytest]\naddopts = {option}\n", "stock.py": "COUNT = 3\n"}
    made = settled(warm, files)
    for number in (3, 4, 5):
        report = made.run({"stock.py": f"COUNT = {number}\n"}, tests=[TEST])
        printed = report.outcomes[TEST].output if option != "--capture=no" else report.output
        assert [other for other in (3, 4, 5) if f"it counts {other}" in printed] == [number]
    assert made.runner.deep_runs == 3


def test_the_trace_of_a_crash_is_in_the_output_of_its_run(warm: MakeWarm) -> None:
    made = settled(warm, FILES)
    made.run(tests=[TEST])
    crash = "import ctypes\n\n\ndef test_it():\n    ctypes.string_at(0)\n"
    report = made.run({"tests/test_it.py": crash}, tests=[TEST])
    assert report.outcomes[TEST].exception == "Crash" and "Segmentation fault" in report.output


def test_a_warning_in_a_conftest_is_an_error_where_the_project_says_so(warm: MakeWarm) -> None:
    files = {**FILES, "pytest.ini": "[pytest]\nfilterwarnings = error\ntestpaths = tests\n"}
    made = settled(warm, files)
    assert both(made) == {TEST: "passed"} and made.runner.deep_runs == 1
    warning = FILES["tests/conftest.py"] + "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    assert both(made, {"tests/conftest.py": warning}) == {"tests/conftest.py": "error"}


def test_an_unknown_plugin_makes_the_run_begin_early(warm: MakeWarm, tmp_path: Path) -> None:
    """It may settle at the start of the session what differs from run to run."""
    python = make_environment(tmp_path / "venv")
    site = next((python.parent.parent / "lib").glob("python*")) / "site-packages"
    write(site, {"odd_plugin.py": "def pytest_sessionstart(session):\n    session.config.odd = 1\n",
                 "odd-1.dist-info/METADATA": "Name: odd\nVersion: 1\n",
                 "odd-1.dist-info/entry_points.txt": "[pytest11]\nodd = odd_plugin\n"})  # fmt: skip
    made = settled(warm, FILES, python=str(python))
    assert both(made) == {TEST: "passed"}
    assert made.runner.deep_runs == 0 and made.runner.warm_runs == 2
    assert made.runner.parent is not None and "odd_plugin" in made.runner.parent.not_deep


def test_a_second_parent_that_dies_is_done_without(warm: MakeWarm) -> None:
    """A run that kills whatever it can see does not reach it; if it dies all the same, runs go on."""
    made = settled(warm, FILES)
    assert both(made) == {TEST: "passed"} and made.runner.deep_runs == 1
    kill = "import os, signal\n\n\ndef test_it():\n    os.kill(-1, signal.SIGKILL)\n"
    made.run({"tests/test_it.py": kill}, tests=[TEST])
    assert both(made, FILES) == {TEST: "passed"} and made.runner.parent is not None
    for pid in _children_of_first_parent():
        os.kill(pid, 9)
    assert both(made) == {TEST: "passed"}


def _children_of_first_parent() -> list[int]:
    """The oldest child of each process below us that runs a warm parent."""
    found: list[int] = []
    left = [os.getpid()]
    while left:
        pid = left.pop()
        try:
            children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"warm.py" in line and children and b"bwrap" not in line:
            found.append(children[0])
            continue
        left += children
    return found
