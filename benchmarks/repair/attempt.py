"""One bug, one run of the product, one check of what it proposes with the tests it has not seen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.repair.bugs import Bug, put_in, read_source
from benchmarks.repair.packages import Package
from benchmarks.repair.suite import run_suite
from benchmarks.repair.workspace import git, make_workspace

GRACE = 60.0
"""Seconds beyond the limit of a run after which it is killed; a run that needs them is reported as `overrun`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one bug. `seconds` is the run's own count, `wall` includes its start and end."""

    id: str
    package: str
    half: str
    kinds: tuple[str, ...]
    scope: str
    model: str
    status: str
    """The run's status, or `overrun` or `no answer`."""
    fixed: bool = False
    """The run says `verified`."""
    correct: bool = False
    """And every test of the original suite that should pass does."""
    same: bool = False
    """The proposal is the original text."""
    candidates: int = 0
    until: int = 0
    """Of these, until the first passed; for the last group of failing tests where there are several."""
    per_second: float = 0.0
    seconds: float = 0.0
    wall: float = 0.0
    memory_mb: float = 0.0
    """Peak of the largest process of the run, tests included."""
    reason: str = ""
    broken: tuple[str, ...] = ()
    """Tests that should pass and do not, with the proposal; at most five."""


@dataclass(frozen=True, slots=True)
class Contest:
    """How runs are made. `command` is the product's command line, `python` the interpreter with the tests' needs."""

    python: Path
    model: str = "builtin"
    seconds: float = 60.0
    command: tuple[str, ...] = (sys.executable, "-m", "autogpt")
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Answer:
    result: Mapping[str, Any]
    problem: str
    wall: float
    memory_mb: float
    tried: int
    until: int
    per_second: float


def attempt(bug: Bug, package: Package, source: Path, expected: Sequence[str], contest: Contest) -> Outcome:
    """Run the product on a bug. `expected` are the tests that pass with the original."""
    with tempfile.TemporaryDirectory(prefix="repair-run-") as scratch:
        workspace = Path(scratch) / package.name
        make_workspace(package, source, bug, workspace)
        answer = _run(workspace, source, Path(scratch), contest)
        fixed = answer.result.get("status") == "verified"
        broken: list[str] = []
        same = False
        if fixed:
            tree = Path(scratch) / "proposed"
            shutil.copytree(source, tree, symlinks=True)
            put_in(bug, tree)
            _lay_over(package, workspace, str(answer.result["commit"]), tree)
            same = read_source(tree / bug.file) == read_source(source / bug.file)
            run = run_suite(tree, contest.python)
            broken = [run.problem] if run.problem else sorted(set(expected) - run.passed())
    seconds = float(answer.result.get("seconds", answer.wall))
    candidates = max(int(answer.result.get("candidates", 0)), answer.tried)
    return Outcome(
        id=bug.id,
        package=bug.package,
        half=bug.half,
        kinds=bug.kinds,
        scope=bug.scope,
        model=str(answer.result.get("model", contest.model)),
        status=answer.problem or str(answer.result["status"]),
        fixed=fixed,
        correct=fixed and not broken,
        same=same,
        candidates=candidates,
        until=answer.until,
        per_second=round(answer.per_second or candidates / max(seconds, 0.001), 1),
        seconds=round(seconds, 2),
        wall=round(answer.wall, 2),
        memory_mb=round(answer.memory_mb, 1),
        reason=str(answer.result.get("reason", "")),
        broken=tuple(broken[:5]),
    )


def _run(workspace: Path, source: Path, scratch: Path, contest: Contest) -> Answer:
    options = ["--workspace", str(workspace), "--python", str(contest.python), "--model", contest.model]
    command = [*contest.command, "fix", "--json", *options, "--max-seconds", f"{contest.seconds:g}"]
    state = scratch / "state"
    env = {**os.environ, "AUTOGPT_STATE_HOME": str(state), "AUTOGPT_CONFIG": str(scratch / "config.toml")}
    env["REPAIR_ORIGINAL"] = str(source)  # for `reference.py` alone
    out, started = scratch / "out.json", time.monotonic()
    with out.open("wb") as stdout, (scratch / "err.txt").open("wb") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env=env, start_new_session=True)
        ended, memory = _wait(process, started + contest.seconds + GRACE, contest.stop)
    wall = time.monotonic() - started
    told = _search_told(state)
    if not ended:
        return Answer({}, "overrun", wall, memory, *told)
    result = _last_line(out)
    if result is None:
        tail = (scratch / "err.txt").read_text(errors="replace").strip().splitlines()[-1:]
        return Answer({"reason": " ".join(tail)}, "no answer", wall, memory, *told)
    return Answer(result, "", wall, memory, *told)


def _wait(process: subprocess.Popen[bytes], deadline: float, stop: threading.Event) -> tuple[bool, float]:
    """Whether it ended by itself, and the peak of its memory in megabytes. What it left running is killed."""
    while not stop.is_set() and time.monotonic() < deadline:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return True, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return False, 0.0


def _last_line(path: Path) -> dict[str, Any] | None:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    try:
        result = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return result if isinstance(result, dict) and "status" in result else None


def _search_told(state: Path) -> tuple[int, int, float]:
    """Edits tried, until the first passed, and how many a second, as the journal's last word on it says."""
    tried, until, per_second = 0, 0, 0.0
    for journal in state.rglob("events.jsonl"):
        for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"SearchProgressed"' in line:
                event = json.loads(line)
                tried, per_second = max(tried, event["tried"]), event["per_second"]
                until = event.get("passing") or until
    return tried, until, per_second


def _lay_over(package: Package, workspace: Path, commit: str, tree: Path) -> None:
    """Put what the commit proposes for files that are not tests into the tree."""
    names = git(workspace, "diff", "--name-only", "-z", "--no-renames", "HEAD", commit).decode().split("\0")
    kept = set(git(workspace, "ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0"))
    for name in filter(None, names):
        if package.is_test(name) or name == "pytest.ini":
            continue
        (tree / name).unlink(missing_ok=True)
        if name in kept:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(git(workspace, "show", f"{commit}:{name}"))
