"""The search from failing tests to ranked candidates, on real projects; cold runs with the files on disk confirm."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from autogpt.errors import Stopped
from autogpt.events import Noted, SearchProgressed
from autogpt.models.base import Attempt, Candidate, Verdict
from autogpt.models.builtin import BuiltinModel
from autogpt.search.edit import Edit
from autogpt.search.repair import Repair
from autogpt.search.space.source import Source
from tests.search.projects import runner_for, with_change, work, write

SEVERAL = {
    "bank/__init__.py": "",
    "bank/fees.py": '''\
RATE = 4


def fee(amount):
    """Three percent, and never less than one."""
    return max(1, amount * RATE // 100)
''',
    "bank/dates.py": """\
def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 and year % 400 == 0)
""",
    "bank/ledger.py": """\
class Ledger:
    def __init__(self):
        self.entries = []

    def add(self, name, amount):
        self.entries.append((amount, name))

    def total(self, name):
        total = 1
        for owner, amount in self.entries:
            if owner != name:
                total += amount
        return total
""",
    "test_bank.py": """\
from bank.dates import is_leap
from bank.fees import fee
from bank.ledger import Ledger


def ledger():
    one = Ledger()
    one.entries += [("ann", 3), ("bob", 5), ("ann", 4)]
    return one


def test_fee():
    assert fee(1000) == 30


def test_least_fee():
    assert fee(10) == 1


def test_leap():
    assert is_leap(2024) and is_leap(2000)


def test_no_leap():
    assert not is_leap(1900) and not is_leap(2023)


def test_add():
    one = Ledger()
    one.add("ann", 3)
    assert one.entries == [("ann", 3)]


def test_total():
    assert ledger().total("ann") == 7


def test_total_of_nobody():
    assert ledger().total("cid") == 0
""",
}


def test_bugs_of_several_kinds_are_repaired_in_one_round(tmp_path: Path) -> None:
    """A constant, a connective, swapped parts, and two edits that one function needs both."""
    workspace = write(tmp_path / "p", SEVERAL)
    brief, desk, events = work(workspace)

    proposal = BuiltinModel().propose(brief, desk)

    assert proposal.candidates, proposal.gave_up
    report = with_change(runner_for(workspace), workspace, proposal.candidates[0].change)
    assert report.failing() == () and len(report.passed()) == 7
    assert set(proposal.candidates[0].change) == {"bank/dates.py", "bank/fees.py", "bank/ledger.py"}
    told = [event for event in events if isinstance(event, SearchProgressed)]
    assert told[0].passing == 0 < max(event.passing for event in told) < max(event.tried for event in told)
    assert not [event for event in events if isinstance(event, Noted)]


def test_a_ranker_changes_the_order_and_not_what_is_found(tmp_path: Path) -> None:
    """One that likes what nobody would costs candidates; it is told what the failing test said."""
    workspace = write(tmp_path / "p", SMALL)
    brief, desk, _ = work(workspace)
    heard: list[str] = []

    class Contrary:
        def costs(self, source: Source, edits: Sequence[Edit], evidence: str) -> list[float]:
            heard.append(evidence)
            return [12.0 - edit.cost for edit in edits]

    found = Repair(brief, desk, Contrary()).run()

    assert found.edits, found.reason
    assert heard[0].startswith("assert add(2, 3) == 5\nAssertionError: assert -1 == 5")


def test_an_endless_loop_is_repaired(tmp_path: Path) -> None:
    """Most changes leave it endless, and each of those costs time."""
    files = {
        "steps.py": "def down(n):\n    steps = []\n    while n > 0:\n        steps.append(n)\n    return steps\n",
        "test_steps.py": "from steps import down\n\n\ndef test_down():\n    assert down(3) == [3, 2, 1]\n",
    }
    workspace = write(tmp_path / "p", files)
    brief, desk, _ = work(workspace, timeout=8.0)

    proposal = BuiltinModel().propose(brief, desk)

    assert proposal.candidates, proposal.gave_up
    assert with_change(runner_for(workspace), workspace, proposal.candidates[0].change).failing() == ()


SMALL = {
    "calc.py": "def add(a, b):\r\n    return a - b\r\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n    assert add(0, 1) == 1\n",
}


def test_a_refused_candidate_is_not_proposed_again_and_line_endings_stay(tmp_path: Path) -> None:
    """The next round has to find another one, or say that it found none."""
    workspace = write(tmp_path / "p", SMALL)
    brief, desk, _ = work(workspace)
    first = BuiltinModel().propose(brief, desk).candidates[0]
    attempts = (Attempt(first, Verdict("failed", "It did not please.")),)

    second = BuiltinModel().propose(dataclasses.replace(brief, attempts=attempts), desk)

    assert first.change == {"calc.py": b"def add(a, b):\r\n    return a + b\r\n"}
    assert first.change not in [candidate.change for candidate in second.candidates]


def test_tests_that_run_the_project_in_other_processes_are_repaired_by_cold_runs(tmp_path: Path) -> None:
    """The host would never see them pass; it is said that this is slow."""
    test = (
        "import subprocess, sys\n\n\ndef test_add():\n    code = 'import calc; print(calc.add(2, 3))'\n"
        "    assert subprocess.run([sys.executable, '-c', code], capture_output=True).stdout == b'5\\n', 'add'\n"
    )
    workspace = write(tmp_path / "p", {**SMALL, "test_calc.py": test})
    brief, desk, events = work(workspace)

    proposal = BuiltinModel().propose(brief, desk)

    assert [c.change for c in proposal.candidates][:1] == [{"calc.py": b"def add(a, b):\r\n    return a + b\r\n"}]
    assert any(isinstance(event, Noted) and "slow" in event.text for event in events)


def test_what_cannot_be_done_is_said_at_once_with_what_can(tmp_path: Path) -> None:
    workspace = write(tmp_path / "p", SMALL)
    brief, desk, _ = work(workspace)

    nothing = BuiltinModel().propose(dataclasses.replace(brief, goal=()), desk)
    other = dataclasses.replace(brief.environment, runner="go")
    not_python = BuiltinModel().propose(dataclasses.replace(brief, environment=other), desk)

    assert "--model" in nothing.gave_up and "--endpoint" in nothing.gave_up
    assert "not go" in not_python.gave_up


def test_a_search_that_finds_nothing_ends_and_says_what_it_tried(tmp_path: Path) -> None:
    """The test asks for the impossible."""
    test = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5 and add(2, 3) == 6\n"
    workspace = write(tmp_path / "p", {**SMALL, "test_calc.py": test})
    brief, desk, _ = work(workspace, seconds=8.0)

    proposal = BuiltinModel().propose(brief, desk)

    assert proposal.candidates == ()
    assert "candidates" in proposal.gave_up and "--model" in proposal.gave_up


def test_a_cancelled_search_stops(tmp_path: Path) -> None:
    workspace = write(tmp_path / "p", SMALL)
    brief, desk, _ = work(workspace)
    desk.stop.cancel()

    with pytest.raises(Stopped):
        BuiltinModel().propose(brief, desk)


def test_a_candidate_says_in_a_line_what_it_does(tmp_path: Path) -> None:
    """It becomes the subject of a commit."""
    workspace = write(tmp_path / "p", SMALL)
    brief, desk, _ = work(workspace)

    found: Candidate = BuiltinModel().propose(brief, desk).candidates[0]

    assert found.summary == "Fix add (arithmetic operator)"
