"""How many candidates a second the search tries where a test takes under a millisecond, and in how much memory.

    python -m benchmarks.search_speed [--candidates N]

Prints candidates per second of wall time and CPU milliseconds per candidate (of the warm process and of its children),
and the memory of the engine and of the host. On a loaded machine the CPU figure is the one to compare.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from autogpt.config import Settings
from autogpt.feedback.environment import find_environment
from autogpt.feedback.pytest_runner import PytestRunner
from autogpt.feedback.runner import make_runner
from autogpt.search.host_client import Host, Stage, open_host

SOURCE = "def total(items):\n    result = 1\n    for item in items:\n        result += item\n    return result\n"
TEST = "from calc import total\n\n\ndef test_total():\n    assert total([1, 2, 3]) == 6\n"
IN_FLIGHT = 32


def measure(host: Host, count: int, first: int) -> tuple[float, float, float]:
    """Seconds of wall time, CPU seconds of the warm process and of its children.

    The candidates are numbers from `first` on: the host does not run again what it has seen.
    """
    at = SOURCE.index("1")
    before, started = host.usage(), time.monotonic()
    sent = got = 0
    while got < count:
        while sent - got < IN_FLIGHT and sent < count:
            edit = ("calc.py", at, at + 1, str(sent + first))
            host.ask("warm", [edit], [Stage(["test_calc.py::test_total"])], {"": 0.4})
            sent += 1
        for _, trial in host.answers(1.0):
            assert [test.outcome for test in trial.tests] == ["failed"], trial
            got += 1
    wall, after = time.monotonic() - started, host.usage()
    return wall, after[0] - before[0], after[1] - before[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.search_speed")
    parser.add_argument("--candidates", type=int, default=2000)
    count: int = parser.parse_args().candidates
    with tempfile.TemporaryDirectory() as folder:
        workspace, state = Path(folder) / "calc", Path(folder) / "state"
        workspace.mkdir()
        state.mkdir()
        (workspace / "calc.py").write_text(SOURCE, encoding="utf-8")
        (workspace / "test_calc.py").write_text(TEST, encoding="utf-8")
        settings = Settings(python=sys.executable)
        runner = make_runner(find_environment(workspace, settings), workspace, workspace, "", settings, state=state)
        assert isinstance(runner, PytestRunner)
        with open_host(runner.place, workspace) as host:
            host.ready(120.0)
            measure(host, 50, first=10)
            wall, parent, children = measure(host, count, first=1_000_000)
            memory = host.usage()[2] / 2**20
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    load = os.getloadavg()[0]
    print(
        f"{count} candidates in {wall:.1f} s: {count / wall:.0f} a second (load {load:.1f} on {os.cpu_count()} cores)"
    )
    print(f"CPU per candidate: {1000 * parent / count:.2f} ms warm process, {1000 * children / count:.2f} ms children")
    print(f"memory: engine {own:.0f} MB, warm process {memory:.0f} MB (its children share most of it)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
