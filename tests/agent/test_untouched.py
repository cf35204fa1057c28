"""Whatever the repository, however a run ends: all of the user's is byte for byte as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autogpt import journal
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.errors import Stopped
from autogpt.events import Record
from autogpt.stop import Stop
from autogpt.task import Task
from tests.agent.doubles import ScriptedProposer, changes
from tests.git.test_untouched import WORLDS, World, put, whole_print, world_at

CALC = "def add(a, b):\n    return a - b\n"
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
STEPS = st.integers(1, 9)
"""Events of a run, or lines of its progress, after which it is ended."""


@pytest.fixture(scope="module", autouse=True)
def lean(lean_python: str) -> None:
    """Hypothesis keeps no fixture of a single test, so the interpreter is set for all of this file."""
    patch = pytest.MonkeyPatch()
    patch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))
    patch.delenv("AUTOGPT_CONFIG", raising=False)


def with_bug(workspace: Path) -> Task:
    """A small program with a bug and its test, as the person's uncommitted work."""
    put(workspace, "calc.py", CALC.encode())
    put(workspace, "tests/test_calc.py", TEST.encode())
    put(workspace, "pytest.ini", b"[pytest]\npythonpath = .\n")
    return Task("fix", str(workspace), tests=("tests/test_calc.py::test_add",))


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(WORLDS)
def test_a_whole_run_changes_nothing_of_the_users(world: World) -> None:
    with world_at(world) as (folder, workspace):
        task = with_bug(workspace)
        before = whole_print(folder)
        fixed = CALC.replace("a - b", "a + b")

        result = run(task, Settings(), proposer=ScriptedProposer(changes({"calc.py": fixed}, "Add")))

        assert result.status == "verified", result.reason
        assert whole_print(folder) == before


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(WORLDS, STEPS)
def test_a_cancelled_run_changes_nothing_of_the_users(world: World, step: int) -> None:
    with world_at(world) as (folder, workspace):
        task = with_bug(workspace)
        before = whole_print(folder)
        stop = Stop()
        seen: list[Record] = []

        def emit(record: Record) -> None:
            seen.append(record)
            if len(seen) == step:
                threading.Thread(target=stop.cancel).start()

        wrong = changes({"calc.py": CALC.replace("a - b", "a * b")}, "Multiply")
        try:
            status = run(task, Settings(), emit=emit, stop=stop, proposer=ScriptedProposer(wrong, wrong, wrong)).status
        except Stopped:
            status = "cancelled"

        assert status in ("cancelled", "failed")
        assert whole_print(folder) == before


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(WORLDS, STEPS)
def test_a_killed_run_changes_nothing_of_the_users(world: World, step: int) -> None:
    """And the next start finds it interrupted, or nothing of it."""
    with world_at(world) as (folder, workspace):
        with_bug(workspace)
        before = whole_print(folder)
        command = [sys.executable, "-m", "autogpt", "fix", "tests/test_calc.py::test_add"]
        running = subprocess.Popen(
            command, cwd=workspace, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert running.stdout is not None
        for _ in range(step):
            running.stdout.readline()
        running.send_signal(signal.SIGKILL)
        running.wait(20)
        running.stdout.close()

        assert whole_print(folder) == before
        assert [run.status for run in journal.list_runs(workspace)] in ([], ["interrupted"], ["running"])
