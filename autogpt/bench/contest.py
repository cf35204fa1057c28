"""Runs the product on cases, several at a time, each in a copy of its workspace and with a state of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autogpt.bench.cases import Case

GRACE = 60.0
"""Seconds beyond the limit of a run after which it is killed."""
HIDDEN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case. `correct`, of a proposal verified or not, is None where no hidden tests were run."""

    name: str
    model: str
    status: str
    """Of the run, or `overrun` or `no answer`."""
    correct: bool | None = None
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    candidates: int = 0
    reason: str = ""

    @property
    def verified(self) -> bool:
        return self.status == "verified"


@dataclass(frozen=True, slots=True)
class Contest:
    """How runs are made: `options` are passed on to the command line, `seconds` is the limit of each."""

    model: str
    seconds: float = 60.0
    options: tuple[str, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)


def rows(cases: Sequence[Case], contest: Contest, jobs: int) -> Iterator[Row]:
    """Rows as they come. Ends all runs when left early."""
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: set[Future[Row]] = {pool.submit(run_case, case, contest) for case in cases}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        contest.stop.set()
        pool.shutdown(cancel_futures=True)


def run_case(case: Case, contest: Contest) -> Row:
    """One run, and its proposal applied and put to the hidden tests."""
    with tempfile.TemporaryDirectory(prefix="autogpt-bench-") as scratch:
        workspace = Path(scratch) / case.name
        if case.workspace is None:
            workspace.mkdir()
        else:
            shutil.copytree(case.workspace, workspace, symlinks=True)
        env = {**os.environ, "AUTOGPT_STATE_HOME": str(Path(scratch) / "state")}
        started = time.monotonic()
        said = _command(_asking(case, contest, workspace), env, contest.seconds + GRACE, contest.stop)
        wall = time.monotonic() - started
        if said is None:
            return Row(case.name, contest.model, "overrun", seconds=round(wall, 2))
        result = _last_line(said)
        if result is None:
            reason = said.strip().splitlines()[-1:] or [""]
            return Row(case.name, contest.model, "no answer", seconds=round(wall, 2), reason=reason[0])
        correct = None
        if case.hidden is not None:
            correct = bool(result["branch"]) and _is_correct(case, case.hidden, workspace, env, contest)
        tokens = result["tokens"]
        return Row(
            case.name,
            str(result["model"] or contest.model),
            str(result["status"]),
            correct,
            float(result["seconds"]),
            int(tokens["prompt"]) + int(tokens["completion"]),
            float(result["cost_usd"]),
            int(result["candidates"]),
            str(result["reason"]),
        )


def _asking(case: Case, contest: Contest, workspace: Path) -> list[str]:
    what = ["implement", case.asked.task] if case.asked.task else ["fix", *case.asked.tests]
    python = ["--python", case.asked.python] if case.asked.python else []
    limit = ["--max-seconds", f"{contest.seconds:g}"]
    options = ["--json", "--workspace", str(workspace), "--model", contest.model, *limit, *python, *contest.options]
    return [sys.executable, "-m", "autogpt", *what, *options]


def _is_correct(case: Case, hidden: Path, workspace: Path, env: dict[str, str], contest: Contest) -> bool:
    """Whether every hidden test passes with the proposal, and there is at least one."""
    apply = [sys.executable, "-m", "autogpt", "apply", "last", "--workspace", str(workspace)]
    if _command(apply, env, GRACE, contest.stop) is None:
        return False
    shutil.copytree(hidden, workspace, dirs_exist_ok=True)
    files = [path.relative_to(hidden).as_posix() for path in sorted(hidden.rglob("*.py"))]
    report = workspace / ".hidden.xml"
    python = case.asked.python or sys.executable
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *files]
    if _command(command, env, HIDDEN_SECONDS, contest.stop, workspace) is None or not report.is_file():
        return False
    from junitparser import JUnitXml

    said = [test for suite in JUnitXml.fromfile(str(report)) for test in suite]
    return bool(said) and all(test.is_passed for test in said)


def _command(
    command: Sequence[str], env: dict[str, str], limit: float, stop: threading.Event, folder: Path | None = None
) -> str | None:
    """What it printed; None where it was ended by the limit or because all ends."""
    deadline = time.monotonic() + limit
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=env, cwd=folder, start_new_session=True)
        while process.poll() is None:
            if stop.wait(0.05) or time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return None
        out.seek(0)
        return out.read().decode("utf-8", "replace")


def _last_line(said: str) -> dict[str, Any] | None:
    for line in reversed(said.strip().splitlines()):
        with contextlib.suppress(ValueError):
            result = json.loads(line)
            if isinstance(result, dict) and "status" in result:
                return result
    return None
