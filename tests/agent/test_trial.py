"""What a candidate is put to: the nearest tests first, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.models.base import Brief, Desk, Proposal
from autogpt.task import Task
from tests.agent.doubles import ScriptedProposer, changes
from tests.conftest import MakeProject

BUGGY = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
BREAKING = "def add(a, b):\n    return 5\n"
ADD, ZERO, FAR = "tests/test_calc.py::test_add", "tests/test_zero.py::test_zero", "tests/test_far.py::test_far"
FILES = {
    "calc.py": BUGGY,
    "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
    "tests/test_zero.py": "from calc import add\n\n\ndef test_zero():\n    assert add(2, 0) == 2\n",
    "tests/test_far.py": "import time\n\n\ndef test_far():\n    time.sleep(1.1)\n\n\ndef test_other():\n    pass\n",
    "conftest.py": "",
    "pyproject.toml": "[project]\n",
}


@pytest.fixture(autouse=True)
def lean(lean_python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run of these tests takes the interpreter that starts fastest."""
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))


def test_a_candidate_that_breaks_a_test_nearby_spares_the_others(make_project: MakeProject) -> None:
    """What imports the changed file is run before the rest of a suite that takes its time."""
    seen: list[Brief] = []

    def second(brief: Brief, desk: Desk) -> Proposal:
        seen.append(brief)
        return changes({"calc.py": FIXED})

    task = Task("fix", str(make_project(FILES)), tests=(ADD,))
    result = run(task, Settings(), proposer=ScriptedProposer(changes({"calc.py": BREAKING}), second))

    verdict = seen[0].attempts[0].verdict
    assert verdict.status == "failed" and verdict.tests.broken == (ZERO,) and verdict.tests.fixed == (ADD,)
    assert set(verdict.report.outcomes) == {ADD, ZERO}
    assert result.status == "verified" and result.tests.fixed == (ADD,)


def test_all_tests_are_run_before_a_change_is_verified(make_project: MakeProject) -> None:
    """What a test reads without importing it is not seen from its imports."""
    far = "from pathlib import Path\n\n\ndef test_far():\n    assert '-' in Path('calc.py').read_text()\n"
    task = Task("fix", str(make_project({**FILES, "tests/test_far.py": far})), tests=(ADD,))
    steps = (changes({"calc.py": FIXED}), Proposal(gave_up="Out of ideas."))
    result = run(task, Settings(), proposer=ScriptedProposer(*steps))
    assert result.status == "failed" and result.tests.broken == (FAR,)


def test_the_same_content_is_not_tested_again(make_project: MakeProject) -> None:
    """A model that says the same thing twice costs no second run, and another content does."""
    told: list[object] = []

    def ask(brief: Brief, desk: Desk) -> Proposal:
        for text in (FIXED, FIXED, BREAKING):
            told.append(desk.test({"calc.py": text.encode()}, (ADD, ZERO)))
        return changes({"calc.py": FIXED})

    result = run(Task("fix", str(make_project(FILES)), tests=(ADD,)), Settings(), proposer=ScriptedProposer(ask))
    assert result.status == "verified"
    assert told[0] is told[1] and told[1] is not told[2]
