"""Of several candidates the best is told by what was run, and a person can read by what."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.events import CandidateChosen, CandidateJudged, Record
from autogpt.feedback import diagnostics
from autogpt.models.base import Candidate, Proposal
from autogpt.result import Result
from autogpt.stop import Stop
from autogpt.task import Task
from tests.agent.doubles import ScriptedProposer
from tests.conftest import MakeProject, git

ADD = "tests/test_calc.py::test_add"
FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
    "conftest.py": "",
}
WRONG = "def add(a, b):\n    return b - a\n"
PLAIN = "def add(a, b):\n    return a + b\n"
LONG = "def add(a, b):\n    total = 0\n    total += a\n    total += b\n    return total\n"
UNGUARDED = "def add(a, b):\n    if a < 0:\n        b = 7\n    return a + b\n"
GUARDED = "def add(a, b):\n    return (a +\n            # in four lines\n            # of two\n            b)\n"


def work(project: Path, python: str, *texts: str) -> tuple[Result, CandidateChosen | None, list[CandidateJudged]]:
    records: list[Record] = []
    proposal = Proposal(tuple(Candidate({"calc.py": text.encode()}, f"Try {n}") for n, text in enumerate(texts, 1)))
    proposer = ScriptedProposer(proposal, Proposal(gave_up="Out of ideas."))
    settings = Settings(model="scripted", python=python)
    result = run(Task("fix", str(project), tests=(ADD,)), settings, emit=records.append, proposer=proposer)
    events = [record.event for record in records]
    chosen = next((event for event in events if isinstance(event, CandidateChosen)), None)
    return result, chosen, [event for event in events if isinstance(event, CandidateJudged)]


@pytest.mark.parametrize(
    ("texts", "winner", "reason"),
    [
        ((WRONG, PLAIN), 2, "by its status"),
        ((LONG, PLAIN), 2, "it changes fewer lines"),
        ((UNGUARDED, GUARDED), 2, "the tests guard more of what it changes"),
        ((PLAIN, PLAIN + "\n"), 1, "it changes fewer lines"),
    ],
)
def test_the_best_by_evidence_wins(
    make_project: MakeProject, lean_python: str, texts: tuple[str, ...], winner: int, reason: str
) -> None:
    """Also where the worse one came first and was verified before the better one was tried."""
    project = make_project(FILES)
    result, chosen, judged = work(project, lean_python, *texts)
    assert chosen is not None and len(judged) == len(texts)
    assert (chosen.candidate, chosen.reason) == (winner, f"Chosen of {len(texts)} candidates: {reason}.")
    assert result.verified and chosen.reason in result.reason and len(chosen.evidence) == len(texts)
    assert git(project, "show", f"{result.branch}:calc.py") == texts[winner - 1]
    assert git(project, "log", "-1", "--format=%s", result.branch).strip() == f"Try {winner}"


def test_the_evidence_has_a_line_for_each(make_project: MakeProject, lean_python: str) -> None:
    _, chosen, _ = work(make_project(FILES), lean_python, UNGUARDED, GUARDED)
    assert chosen is not None
    assert "candidate 1: verified, 1 fixed, 0 broken, 0 new, 1 of 3 wrong versions" in chosen.evidence[0]
    assert "0 of 1 wrong versions of its lines pass the tests" in chosen.evidence[1]


def test_one_candidate_is_no_choice(make_project: MakeProject, lean_python: str) -> None:
    result, chosen, _ = work(make_project(FILES), lean_python, PLAIN)
    assert result.verified and chosen is None and "Chosen" not in result.reason


def test_a_change_that_was_refused_is_among_the_candidates(make_project: MakeProject, lean_python: str) -> None:
    """Its path leads out of the workspace, so nothing of it is read."""
    outside = Candidate({"../out.py": b"x = 1\n"}, "Go outside")
    proposal = Proposal((outside, Candidate({"calc.py": PLAIN.encode()}, "Mend it")))
    task, settings = Task("fix", str(make_project(FILES)), tests=(ADD,)), Settings(model="scripted", python=lean_python)
    result = run(task, settings, proposer=ScriptedProposer(proposal))
    assert result.verified and result.candidates == 2 and "by its status" in result.reason


def test_new_findings_of_the_linter_decide_between_equals(make_project: MakeProject) -> None:
    """The project's own one, set up by it and installed in its environment; the old finding counts for nothing."""
    old = "import os\n\n\ndef add(a, b):\n    return a - b\n"
    project = make_project({**FILES, "calc.py": old, "ruff.toml": 'lint.select = ["F"]\n'})
    sloppy = old.replace("a - b", "a + b").replace("import os\n", "import os\nimport sys\n")
    clean = old.replace("a - b", "a + b") + "\n\n# one\n# two\n# three\n"
    result, chosen, judged = work(project, sys.executable, sloppy, clean)
    assert chosen is not None and "the linter and the type checker find less in it" in chosen.reason, chosen
    (found,) = judged[0].diagnostics
    assert found.startswith("calc.py:2: F401") and found.endswith("(ruff)") and judged[1].diagnostics == ()
    assert result.verified and not any("F401" in warning for warning in result.warnings)


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_what_no_longer_fits_in_a_caller_is_found(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is not part of the change, and no test calls it."""
    monkeypatch.setattr(diagnostics, "SECONDS", 240.0)  # for a busy machine
    typed = "def add(a: int, b: int) -> int:\n    return a - b\n"
    caller = "from calc import add\n\n\ndef run() -> int:\n    return add(1, b=2)\n"
    project = make_project({**FILES, "calc.py": typed, "app.py": caller, "mypy.ini": "[mypy]\n"})
    _, _, judged = work(project, sys.executable, "def add(a: int, c: int) -> int:\n    return a + c\n")
    assert any(one.startswith("app.py:5: ") and "(mypy)" in one for one in judged[0].diagnostics), judged


def test_a_limit_that_is_reached_while_others_are_tried_costs_nothing(
    make_project: MakeProject, lean_python: str
) -> None:
    """What was verified by then is the result."""
    stop = Stop()
    proposal = Proposal(tuple(Candidate({"calc.py": text.encode()}, "Try it") for text in (PLAIN, LONG)))

    def emit(record: Record) -> None:
        if isinstance(record.event, CandidateJudged):
            stop.cancel()

    task, settings = Task("fix", str(make_project(FILES)), tests=(ADD,)), Settings(model="scripted", python=lean_python)
    result = run(task, settings, emit=emit, stop=stop, proposer=ScriptedProposer(proposal))
    assert result.verified and result.candidates == 1
