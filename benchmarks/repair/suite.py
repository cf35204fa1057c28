"""A package's tests, run in a tree: outcomes by id, and what each test reaches."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROBE = Path(__file__).parent / "probe"
_STEADY = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What is known of one test. Paths are relative to the tree."""

    __test__ = False

    outcome: str
    """`passed`, `failed` (errors too) or `skipped` (expected failures too)."""
    seconds: float = 0.0
    site: tuple[str, int] = ("", 0)
    """Where the test function is written: file, and line of its first decorator or `def`."""
    reached: frozenset[tuple[str, int]] = frozenset()
    """Functions called while it ran: file, and line of the first decorator or `def`."""


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """`problem` is `timeout` or `broken` (could not be collected, crashed) when the outcomes do not count."""

    tests: Mapping[str, TestFacts] = field(default_factory=dict[str, TestFacts])
    problem: str = ""

    def passed(self) -> frozenset[str]:
        return frozenset(id for id, facts in self.tests.items() if facts.outcome == "passed")

    def failed(self) -> frozenset[str]:
        return frozenset(id for id, facts in self.tests.items() if facts.outcome == "failed")


def run_suite(
    tree: Path,
    python: Path,
    tests: Sequence[str] | None = None,
    *,
    timeout: float = 120.0,
    trace: bool = False,
    failures: int = 0,
) -> SuiteRun:
    """Run these test ids (None: all) in a process of their own, which dies with all it started.

    After `failures` failing tests it ends (0: never), and the tests that were left are not in the outcome.
    """
    with tempfile.TemporaryDirectory(prefix="repair-") as scratch:
        out, select = Path(scratch, "out.json"), Path(scratch, "select.json")
        variables = {"REPAIR_OUT": str(out), "HOME": scratch}
        files: list[str] = []
        if tests is not None:
            select.write_text(json.dumps(list(tests)), encoding="utf-8")
            variables["REPAIR_SELECT"] = str(select)
            files = sorted({test.partition("::")[0] for test in tests})
        if trace:
            variables["REPAIR_TRACE"] = str(tree)
        command = [str(python), "-m", "pytest", "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider"]
        command.append(f"--maxfail={failures}")
        finished = _run([*command, "-p", "repair_probe", *files], tree, variables, timeout)
        if not finished:
            return SuiteRun(problem="timeout")
        try:
            report = json.loads(out.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return SuiteRun(problem="broken")
    facts = {id: _facts(entry, tree) for id, entry in report["tests"].items()}
    return SuiteRun(facts, "" if report["exit"] in (0, 1) else "broken")


def _run(command: list[str], tree: Path, variables: dict[str, str], timeout: float) -> bool:
    """Whether it ended in time."""
    env = {**os.environ, **variables, "PYTHONPATH": str(PROBE), **_STEADY}
    for name in ("PYTEST_ADDOPTS", "PYTHONHOME", "VIRTUAL_ENV"):
        env.pop(name, None)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=tree, env=env, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    ) as process:
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return True


def _facts(entry: dict[str, Any], tree: Path) -> TestFacts:
    path, line = entry.get("site", ("", 0))
    site = os.path.relpath(path, tree).replace(os.sep, "/") if path else ""
    reached = frozenset((name.replace(os.sep, "/"), first) for name, first in entry.get("reached", ()))
    return TestFacts(entry["outcome"], entry.get("seconds", 0.0), (site, line), reached)
