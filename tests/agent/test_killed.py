"""A run killed at any step leaves the user's repository to the byte, nothing running, and can be resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autogpt import journal
from tests.agent.test_run import FILES, FIXED, state
from tests.conftest import MakeProject, git

MOMENTS = ["[1/5]", "baseline:", "[3/5]", "candidate 1:", "kept as"]
"""Lines of progress, each the sign of a step: the kill comes right after it."""


def start(project: Path, *arguments: str, lean_python: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "VIRTUAL_ENV": str(Path(lean_python).parents[1])}
    command = [sys.executable, "-m", "autogpt", *arguments]
    return subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def processes_in(project: Path) -> list[str]:
    """Command lines of processes that work in the project or its scratch trees."""
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            where = str((folder / "cwd").readlink())
        except OSError:
            continue
        if str(project) in arguments or where.startswith(str(project)):
            found.append(arguments)
    return found


def at_work_in(project: Path) -> list[str]:
    """As above, without a bubblewrap whose death came too early for its child: that one waits, and does nothing."""
    return [command for command in processes_in(project) if not command.startswith("bwrap ")]


def is_running(project: Path) -> bool:
    return journal.list_runs(project)[0].status == "running"


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_step(make_project: MakeProject, lean_python: str, moment: str) -> None:
    project = make_project(FILES)
    (project / "draft.txt").write_text("not committed\n")
    before = state(project)

    running = start(project, "fix", "tests/test_calc.py::test_add", lean_python=lean_python)
    assert running.stdout is not None
    seen = next((line for line in running.stdout if moment in line), "")
    running.send_signal(signal.SIGKILL)
    running.wait(10)
    running.stdout.close()

    assert moment in seen
    assert state(project) == before and (project / "draft.txt").read_text() == "not committed\n"
    # A child that the run was about to start holds its lock until the system has ended it too.
    deadline = time.monotonic() + 20
    while (at_work_in(project) or is_running(project)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert at_work_in(project) == []
    assert journal.list_runs(project)[0].status == "interrupted"

    resumed = start(project, "resume", "--json", lean_python=lean_python)
    out, _ = resumed.communicate(timeout=120)
    result = json.loads(out.splitlines()[-1])
    assert result["status"] == "verified", out
    assert git(project, "show", f"{result['branch']}:calc.py") == FIXED
    assert state(project) == before
    assert processes_in(project) == [], "what the kill left waiting was ended by the next start"


def test_ctrl_c_ends_cleanly_with_exit_code_130(make_project: MakeProject, lean_python: str) -> None:
    """The second thing a burnt user tries: does it let go, and does it say so?"""
    project = make_project(
        {**FILES, "calc.py": "def add(a, b):\n    return 'never'\n\n\ndef twice(a):\n    return a * 2\n"}
    )
    running = start(project, "fix", lean_python=lean_python)
    assert running.stdout is not None
    for line in running.stdout:
        if "[3/5]" in line:
            break
    running.send_signal(signal.SIGINT)
    out = running.stdout.read()
    assert running.wait(20) == 130, out
    assert "Cancelled" in out and "Traceback" not in out
    assert processes_in(project) == []
    assert journal.list_runs(project)[0].status == "cancelled"
