"""How long the light commands take to start, against the interpreter alone: `python -m benchmarks.startup`.

Interleaved, medians, on a workspace with 50 runs in its journal. Goals: `--help` under 0.3 s, `runs` under 0.5 s.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autogpt.events import RunEnded, RunStarted
from autogpt.journal import Journal
from autogpt.result import Result
from autogpt.task import Task

RUNS, REPEATS = 50, 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "autogpt --help": [sys.executable, "-m", "autogpt", "--help"],
    "autogpt runs": [sys.executable, "-m", "autogpt", "runs"],
}


def main() -> None:
    """Print a line for each command: median and slowest in milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name) / "workspace"
        workspace.mkdir()
        os.environ["AUTOGPT_STATE_HOME"] = str(Path(name) / "state")
        for number in range(RUNS):
            run = f"{number:08x}"
            with Journal(workspace, run) as journal:
                journal.write(RunStarted(run, Task("fix", str(workspace)), "builtin", "0" * 40, "autogpt/x", "0"))
                journal.write(RunEnded(Result(run, "verified", "All is well.", diff="x\n" * 200)))
        times: dict[str, list[float]] = {label: [] for label in COMMANDS}
        for _ in range(REPEATS):
            for label, command in COMMANDS.items():
                started = time.perf_counter()
                subprocess.run(command, cwd=workspace, check=True, capture_output=True)
                times[label].append(time.perf_counter() - started)
    for label, taken in times.items():
        print(f"{label:<16} median {statistics.median(taken) * 1000:6.0f} ms   slowest {max(taken) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
