"""A pytest plugin, loaded in the benchmark's environment: which tests passed, and which functions each of them reached.

Told by environment variables, since it runs in another interpreter: `REPAIR_OUT` is the file to write,
`REPAIR_SELECT` a file with the ids to run (absent: all), `REPAIR_TRACE` the folder whose functions are of interest
(absent: no tracing).
"""

import inspect
import json
import os
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

_RANK = {"passed": 0, "skipped": 1, "failed": 2}


class Probe:
    def __init__(self) -> None:
        self.tests: dict[str, dict[str, Any]] = {}
        self.reached: set[CodeType] = set()
        self.folder = os.environ.get("REPAIR_TRACE", "")

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        path = os.environ.get("REPAIR_SELECT")
        if path:
            wanted = set(json.loads(Path(path).read_text(encoding="utf-8")))
            dropped = [item for item in items if item.nodeid not in wanted]
            items[:] = [item for item in items if item.nodeid in wanted]
            config.hook.pytest_deselected(items=dropped)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, None, None]:
        self.reached.clear()
        started = time.perf_counter()
        if self.folder:
            threading.setprofile(self._called)
            sys.setprofile(self._called)
        yield
        if self.folder:
            sys.setprofile(None)
            threading.setprofile(None)
        entry = self.tests.setdefault(item.nodeid, {"outcome": "failed"})
        entry["seconds"] = round(time.perf_counter() - started, 4)
        entry["site"] = _site(item)
        entry["reached"] = sorted(
            (os.path.relpath(code.co_filename, self.folder), code.co_firstlineno)
            for code in self.reached
            if code.co_filename.startswith(self.folder + os.sep)
        )

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self.reached.add(frame.f_code)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        entry = self.tests.setdefault(report.nodeid, {"outcome": "passed"})
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "skipped"
        if _RANK[outcome] > _RANK[entry["outcome"]]:
            entry["outcome"] = outcome

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        report = {"exit": int(exitstatus), "tests": self.tests}
        Path(os.environ["REPAIR_OUT"]).write_text(json.dumps(report), encoding="utf-8")


def _site(item: pytest.Item) -> list[Any]:
    """File and line of the function that is the test, where it is written: inherited tests have the base's."""
    function = inspect.unwrap(getattr(item, "function", None) or (lambda: None))
    code = getattr(function, "__code__", None)
    return [code.co_filename, code.co_firstlineno] if code else ["", 0]


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("REPAIR_OUT"):
        config.pluginmanager.register(Probe(), "repair_probe_instance")
