"""What a candidate is put to: the nearest tests first, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.agent.bench import Ground
from autogpt.agent.recording import Recording
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.events import CandidateJudged, Record
from autogpt.feedback.base import TestRunner
from autogpt.feedback.bubblewrap import can_layer, why_not
from autogpt.models.base import Brief, Candidate, Desk, Proposal
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


WARM = "import sys\n\nfrom calc import add\n\n\ndef test_%s():\n    assert %s 'autogpt_warm' in sys.modules\n"
"""A test that knows whether its process was forked from a warm parent, as none should."""


@pytest.mark.skipif(bool(why_not("")) or not can_layer("/tmp"), reason="warm runs need bubblewrap and overlayfs")
def test_what_is_believed_was_run_cold_and_the_reason_is_told(make_project: MakeProject) -> None:
    """A change that passes in warm runs only is not verified, and the next round hears of it."""
    seen: list[Brief] = []

    def second(brief: Brief, desk: Desk) -> Proposal:
        seen.append(brief)
        return Proposal(gave_up="Out of ideas.")

    files = {**FILES, "tests/test_calc.py": WARM % ("add", "add(2, 3) == 5 and")}
    steps = (changes({"calc.py": FIXED}), second)
    result = run(Task("fix", str(make_project(files)), tests=(ADD,)), Settings(), proposer=ScriptedProposer(*steps))
    verdict = seen[0].attempts[0].verdict
    assert verdict.status == "failed" and verdict.reason == f"Still failing: {ADD}."
    assert verdict.report.outcomes[ADD].message and result.status == "failed" and ADD in result.reason


@pytest.mark.skipif(bool(why_not("")) or not can_layer("/tmp"), reason="warm runs need bubblewrap and overlayfs")
def test_a_test_that_fails_cold_on_the_base_too_is_blamed_on_nobody(make_project: MakeProject) -> None:
    """The base was run warm and the change cold, so the difference need not be the change's."""
    files = {**FILES, "tests/test_far.py": WARM % ("far", "")}
    task = Task("fix", str(make_project(files)), tests=(ADD,))
    result = run(task, Settings(), proposer=ScriptedProposer(changes({"calc.py": FIXED})))
    assert result.status == "verified" and any(FAR in warning for warning in result.warnings)


def test_a_success_that_does_not_repeat_says_why(make_project: MakeProject) -> None:
    """What the whole suite showed, and the goal did not, is run once more; the evidence is what that said."""
    once = "from calc import add\n\n\ndef test_far(request):\n    assert add(2, 3) == len(request.session.items) + 2\n"
    files = {**FILES, "tests/test_far.py": once, "tests/test_zero.py": "def test_zero():\n    pass\n"}
    task = Task("implement", str(make_project(files)), text="Make it right")
    steps = (changes({"calc.py": FIXED}), Proposal(gave_up="Out of ideas."))
    records: list[Record] = []
    result = run(task, Settings(), emit=records.append, proposer=ScriptedProposer(*steps))
    (judged,) = [record.event for record in records if isinstance(record.event, CandidateJudged)]
    assert judged.status == result.status == "unverified" and judged.reason.startswith("Not stable: tests/test_far.py")
    assert judged.tests.still_failing == (FAR,) and judged.tests.fixed == (ADD,)


MEET = """\
import pathlib
import time

import calc


def test_add():
    mark = pathlib.Path({place!r}, calc.MARK)
    mark.touch()
    until = time.monotonic() + 8
    while len(list(mark.parent.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    met = len(list(mark.parent.iterdir())) > 1
    time.sleep(0.5)
    mark.unlink()
    assert not met or calc.add(2, 3) == 5
    assert met, "alone"
"""


def test_candidates_are_tested_at_the_same_time(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a tree of its own: the two tests wait for each other, and see different code."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    (tmp_path / "meet").mkdir()
    files = {**FILES, "tests/test_calc.py": MEET.format(place=str(tmp_path / "meet")), "tests/test_far.py": ""}
    contents = [f"{text}\n\nMARK = '{mark}'\n".encode() for mark, text in (("one", BUGGY), ("two", FIXED))]
    proposal = Proposal(tuple(Candidate({"calc.py": content}, "Try it") for content in contents))
    seen: list[Brief] = []

    def then(brief: Brief, desk: Desk) -> Proposal:
        seen.append(brief)
        return Proposal(gave_up="Out of ideas.")

    task = Task("fix", str(make_project(files)), tests=(ADD,))
    run(task, Settings(sandbox="off"), proposer=ScriptedProposer(proposal, then))
    first, second = (attempt.verdict.report for attempt in seen[0].attempts)
    assert "alone" not in first.outcomes[ADD].message and set(first.outcomes) == {ADD}
    # The second got past its goal, which takes both at once; in the run of the whole suite it is alone.
    assert "alone" in second.outcomes[ADD].message and ZERO in second.outcomes


def test_the_tests_that_run_a_changed_function_come_first(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the lines that the base's tests ran, which tell more than what they import."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("autogpt.agent.recording.WORTHWHILE", 0.0)
    both = "from calc import add, twice\n\n\n"
    files = {
        **FILES,
        "calc.py": BUGGY + "\n\ndef twice(a):\n    return a * 2\n",
        "tests/test_zero.py": both + "def test_zero():\n    assert add(2, 0) == 2\n\n\n"
        "def test_twice():\n    assert twice(2) == 4\n",
    }
    seen: list[Brief] = []
    made: list[Recording] = []

    class Kept(Recording):
        def __init__(self, ground: Ground, runner: TestRunner, seconds: float) -> None:
            super().__init__(ground, runner, seconds)
            made.append(self)

    monkeypatch.setattr("autogpt.agent.understand.Recording", Kept)

    def first(brief: Brief, desk: Desk) -> Proposal:
        made[0].wait(60)
        return changes({"calc.py": files["calc.py"].replace("a - b", "5")})

    def second(brief: Brief, desk: Desk) -> Proposal:
        seen.append(brief)
        return Proposal(gave_up="Out of ideas.")

    task = Task("fix", str(make_project(files)), tests=(ADD,))
    run(task, Settings(model="scripted"), proposer=ScriptedProposer(first, second))
    assert set(seen[0].attempts[0].verdict.report.outcomes) == {ADD, ZERO}
    assert made[0].contexts is not None and len(made[0].contexts.lines) == 5
