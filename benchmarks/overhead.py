"""What a run costs around model and tests: snapshot, scratch tree, commit, publication, clean-up, by number of files.

`python -m benchmarks.overhead [--files 1000 50000] [--rounds 3]` prints a table. *Cold* is the first run in a workspace
(no state of ours yet), *warm* any later one, the median of the rounds with one file changed and one added in between.
*cpu* is the processor time of it all, children included: on a busy machine it says more than the clock.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from autogpt.git.repository import discover
from autogpt.git.store import Store

T = TypeVar("T")
STEPS = ("open", "snapshot", "tree", "lay", "commit", "publish", "diff", "clean-up")
GOALS = {1_000: 0.5, 50_000: 3.0}


def make_repository(folder: Path, files: int, seed: int = 1) -> None:
    """Python files of 5 to 80 lines, 25 to a folder, committed and packed."""
    chance = random.Random(seed)
    for number in range(files):
        home = folder / f"p{number // 500}" / f"q{number // 25 % 20}"
        home.mkdir(parents=True, exist_ok=True)
        lines = chance.randint(5, 80)
        text = "".join(f"def f{line}(x):\n    return x + {chance.random()}\n" for line in range(lines // 2))
        (home / f"m{number}.py").write_text(text)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Begin"], ["gc", "-q"]):
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gc.auto=0"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)


class Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, step: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start
        return result


def passage(folder: Path, number: int) -> dict[str, float]:
    """One run's worth of git work, a dirty checkout first; seconds by step."""
    (folder / "p0" / "q0" / "m0.py").write_text(f"x = {number}\n")
    used = processor_seconds()
    (folder / f"new{number}.py").write_text("y = 1\n")
    clock = Clock()
    store = clock.time("open", lambda: Store.open(discover(folder)))
    taken = clock.time("snapshot", store.snapshot)
    held = store.tree(taken.raw)
    tree = clock.time("tree", held.__enter__)
    change = {"p0/q0/m1.py": b"z = %d\n" % number}
    laid = tree.lay(change)
    clock.time("lay", laid.__enter__)
    clock.time("lay", lambda: laid.__exit__(None, None, None))
    commit = clock.time("commit", lambda: store.commit(taken.commit, change, "Change", {"Autogpt-Run": "1f"}))
    clock.time("publish", lambda: store.publish(f"autogpt/bench-{number}", commit, None))
    clock.time("diff", lambda: (store.stats(taken.commit, commit), store.diff(taken.commit, commit)))
    clock.time("clean-up", lambda: held.__exit__(None, None, None))
    return clock.seconds | {"cpu": processor_seconds() - used}


def processor_seconds() -> float:
    """Of this process and of its finished children, in both modes."""
    return sum(os.times()[:4])


def measure(files: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds by step, cold and warm."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["AUTOGPT_STATE_HOME"] = f"{place}/state"
        folder = Path(place) / "repository"
        folder.mkdir()
        make_repository(folder, files)
        cold = passage(folder, 0)
        warm = [passage(folder, number + 1) for number in range(rounds)]
        shutil.rmtree(folder)
    return cold, {step: statistics.median(run[step] for run in warm) for step in (*STEPS, "cpu")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 50_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'files':>7} {'':5}" + "".join(f"{step:>10}" for step in STEPS) + f"{'total':>10}{'cpu':>8}{'goal':>8}")
    for files in options.files:
        for name, times in zip(("cold", "warm"), measure(files, options.rounds), strict=True):
            cells = "".join(f"{1000 * times[step]:>8.0f}ms" for step in STEPS)
            goal = f"{GOALS[files]:>7.1f}s" if files in GOALS else ""
            total = sum(times[step] for step in STEPS)
            print(f"{files:>7} {name:5}{cells}{total:>9.2f}s{times['cpu']:>7.2f}s{goal}", flush=True)


if __name__ == "__main__":
    main()
