"""What an editor applied can be taken back to the byte and to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.task import Task
from autogpt.worker import applied, proposals
from autogpt.worker.protocol import Applied, Plan, PlanRevert, WriteFiles
from tests.agent.doubles import ScriptedProposer, changes
from tests.conftest import MakeProject, git

FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
    "run.sh": "#!/bin/sh\nexit 0\n",
    "plain.txt": "text\n",
}


@pytest.fixture
def project(make_project: MakeProject, lean_python: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A proposal that mends a function, writes a program and deletes one and a text; the editor did all of it."""
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))
    folder = make_project(FILES)
    (folder / "run.sh").chmod(0o755)
    git(folder, "commit", "-q", "-a", "-m", "Make it a program")
    change = {"calc.py": FILES["calc.py"].replace("a - b", "a + b"), "run.sh": None, "plain.txt": None}
    change["bin/new.sh"] = "#!/bin/sh\nexit 0\n"
    (folder / "bin").mkdir()
    result = run(Task("fix", str(folder)), Settings(), proposer=ScriptedProposer(changes(change)), run_id="feed0001")
    assert result.commit, result.reason
    planned = proposals.plan(Plan("feed0001", str(folder)))
    for write in planned.writes:
        (folder / write.path).unlink() if write.after is None else (folder / write.path).write_text(write.after)
    applied.record(Applied("feed0001", str(folder), planned.writes, planned.hunks))
    return folder


def test_a_program_that_was_deleted_comes_back_as_a_program(project: Path) -> None:
    """An editor creates files without the permission to run them, so these are not left to it."""
    planned = applied.plan_revert(PlanRevert("feed0001", str(project)))
    by_path = {write.path: write for write in planned.writes}

    assert [path for path, write in by_path.items() if write.raw] == ["run.sh"]
    assert by_path["plain.txt"].after == "text\n" and not planned.conflicts
    assert applied.write_back(WriteFiles("feed0001", str(project), ("run.sh",), revert=True)) == ["run.sh"]
    assert (project / "run.sh").stat().st_mode & 0o111 == 0o111
    assert (project / "run.sh").read_text() == FILES["run.sh"]


def test_a_program_that_an_editor_made_can_be_run_and_goes_again(project: Path) -> None:
    """An editor makes files without the permission to run them."""
    assert (project / "bin" / "new.sh").stat().st_mode & 0o111 == 0o111

    planned = applied.plan_revert(PlanRevert("feed0001", str(project)))

    assert next(write for write in planned.writes if write.path == "bin/new.sh").after is None


def test_a_program_that_is_there_again_is_left_to_the_editor(project: Path) -> None:
    """The person brought it back by themselves, with other text: that is theirs."""
    (project / "run.sh").write_text("#!/bin/sh\nexit 1\n")

    planned = applied.plan_revert(PlanRevert("feed0001", str(project)))

    assert [clash.path for clash in planned.conflicts] == ["run.sh"]
    assert not any(write.raw for write in planned.writes)
