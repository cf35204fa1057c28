"""What a person is told of each part of a change: which tests need it, found by leaving it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import journal
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.events import PartWeighed
from autogpt.task import Task
from tests.agent.doubles import ScriptedProposer, changes
from tests.agent.test_run import ADD, BOTH, FILES, TWICE
from tests.conftest import MakeProject

ALSO = "LIMIT = 1\n" + BOTH


@pytest.fixture(autouse=True)
def lean(lean_python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))


def weighed(folder: Path, files: dict[str, str | None]) -> list[PartWeighed]:
    proposer = ScriptedProposer(changes(files))
    result = run(Task("fix", str(folder)), Settings(), proposer=proposer)
    assert result.verified, result.reason
    return list(journal.list_runs(folder)[0].weighed)


def test_each_part_is_told_the_tests_that_fail_without_it(make_project: MakeProject) -> None:
    """And what no test needs is told, too: the reviewer should look at it with other eyes."""
    found = weighed(make_project(FILES), {"calc.py": ALSO, "notes.txt": "mine\n"})

    assert found == [
        PartWeighed("calc.py", 0, 0, ()),
        PartWeighed("calc.py", 1, 1, (ADD,)),
        PartWeighed("calc.py", 5, 1, (TWICE,)),
        PartWeighed("notes.txt", 0, 1, ()),
    ]


def test_a_change_of_one_part_is_not_run_again(make_project: MakeProject) -> None:
    """There is nothing to tell apart, and the person waits."""
    only = {**FILES, "calc.py": BOTH.replace("a + b", "a - b")}

    assert weighed(make_project(only), {"calc.py": BOTH}) == []


def test_parts_in_test_files_are_left_in(make_project: MakeProject) -> None:
    """A test that is left out fails for no reason that says anything."""
    more = "from calc import add\n\n\ndef test_more():\n    assert add(1, 1) == 2\n"
    new = "tests/test_more.py::test_more"

    found = weighed(make_project(FILES), {"calc.py": BOTH, "tests/test_more.py": more})

    assert [(part.path, part.tests) for part in found] == [("calc.py", (ADD, new)), ("calc.py", (TWICE,))]
