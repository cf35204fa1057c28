"""How fast the tests answer, warm against cold, and whether both say the same, over real projects.

`python -m benchmarks.feedback [--projects NAME ...] [--repeat N] [--part equal|single|candidates|runs|fence ...]`. The
projects are those of `benchmarks.repair`, five of different size unless they are named. Both sides of every comparison
run interleaved, in one go. What is measured is kept in `.cache/feedback.json` and not measured again; `--again` begins
anew.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.config import Settings
from autogpt.feedback import process
from autogpt.feedback.environment import find_environment
from autogpt.feedback.report import Report
from autogpt.feedback.runner import make_runner
from autogpt.feedback.warm_runner import WarmRunner
from autogpt.git.repository import discover
from autogpt.git.store import Store
from autogpt.stop import Stop
from benchmarks.repair.packages import CACHE, Package, environment, fetch, load_packages

KEPT = CACHE.parent / "feedback.json"
PARTS = ("equal", "single", "candidates", "runs", "fence")
FIVE = ("parse", "semver", "tabulate", "toolz", "boltons")
"""From 100 tests in one file to 500 in many."""
LIMIT = 600.0
MANY = 1000
"""Runs in a row, after which nothing may have grown."""


@dataclass(frozen=True)
class Bench:
    """A project, its scratch trees (one for each candidate that is tried at a time), and its interpreter."""

    package: Package
    workspace: Path
    trees: tuple[Path, ...]
    python: Path
    state: Path

    def runner(self) -> WarmRunner:
        """A runner of its own for each tree."""
        settings = Settings(python=str(self.python))
        found = find_environment(self.workspace, settings)
        runner = make_runner(found, self.workspace, self.workspace, "", settings, state=self.state)
        assert isinstance(runner, WarmRunner)
        return runner

    def cold(self, tree: Path, *arguments: str) -> float:
        """Seconds of `python -m pytest` as a person runs it: no sandbox, compiled files kept."""
        started = time.perf_counter()
        command = [str(self.python), "-m", "pytest", "-q", *arguments]
        subprocess.run(command, cwd=tree, capture_output=True, check=False)
        return time.perf_counter() - started


@contextlib.contextmanager
def open_bench(package: Package) -> Iterator[Bench]:
    """The project as a git repository, copied so that nothing of the cache is touched."""
    source = fetch(package)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace, *trees = (Path(folder, name, package.name) for name in ("workspace", "one", "two", "plain"))
        for place in (workspace, *trees):
            shutil.copytree(source, place, symlinks=True)
        yield Bench(package, workspace, tuple(trees), environment(), Path(folder, "state"))


def run(runner: WarmRunner, tree: Path, tests: list[str] | None, *, fresh: bool = False) -> Report:
    return runner.run(tree, tests, timeout=LIMIT, stop=Stop(), fresh=fresh)


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_equal(bench: Bench, repeat: int) -> dict[str, Any]:
    """The whole suite, cold, warm, and warm by the names of its files, test by test; and how long each took."""
    runner, tree = bench.runner(), bench.trees[0]
    with contextlib.closing(runner):
        run(runner, tree, None)
        cold, warm = run(runner, tree, None, fresh=True), run(runner, tree, None)
        named = run(runner, tree, list(dict.fromkeys(id.partition("::")[0] for id in cold.outcomes)))
        said, *others = ({id: one.outcome for id, one in report.outcomes.items()} for report in (cold, warm, named))
        differ = sorted({id for other in others for id in said.keys() | other.keys() if said.get(id) != other.get(id)})
        rounds = [(cold.seconds, warm.seconds)]
        for _ in range(repeat // 5):
            rounds.append((run(runner, tree, None, fresh=True).seconds, run(runner, tree, None).seconds))
        return {
            "tests": len(said),
            "warm_runs": runner.warm_runs,
            "deep_runs": runner.deep_runs,
            "differ": differ[:20],
            "cold": statistics.median(first for first, _ in rounds),
            "warm": statistics.median(second for _, second in rounds),
            "remarks": list(runner.remarks()),
        }


def choose_test(report: Report) -> str:
    """A passing test of a middling file."""
    passed = sorted(report.passed())
    return passed[len(passed) // 2]


def change_of(bench: Bench, number: int) -> tuple[str, str]:
    """A line more in a module of the package, another each time: path and text."""
    path = bench.package.files(bench.workspace)[0]
    text = (bench.workspace / path).read_text(encoding="utf-8")
    return path, f"{text}\n_changed = {number}\n"


def lay(tree: Path, change: tuple[str, str], second: int) -> None:
    (tree / change[0]).write_text(change[1], encoding="utf-8")
    os.utime(tree / change[0], (second, second))


def measure_single(bench: Bench, repeat: int) -> dict[str, Any]:
    """One test after a one-line change: warm, its file cold, the whole suite cold; and the sandbox alone."""
    runner, tree, plain = bench.runner(), bench.trees[0], bench.trees[2]
    second = int(time.time())
    with contextlib.closing(runner):
        test = choose_test(run(runner, tree, None))
        file = test.partition("::")[0]
        for _ in range(2):
            run(runner, tree, [test])
            if runner.parent is not None:
                runner.parent.settle(2.0)
        rows: dict[str, list[float]] = {"warm": [], "file": [], "fenced": []}
        for number in range(repeat):
            for place in (tree, plain):
                lay(place, change_of(bench, number), second + number)
            rows["warm"].append(timed(lambda: run(runner, tree, [test])))
            rows["file"].append(bench.cold(plain, file))
            rows["fenced"].append(timed(lambda: run(runner, tree, [test], fresh=True)))
        suite = [bench.cold(plain) for _ in range(max(1, min(3, repeat // 4)))]
        medians = {name: statistics.median(values) for name, values in rows.items()}
        least = {f"{name}_least": min(values) for name, values in rows.items()}
        return {"test": test, **medians, **least, "suite": statistics.median(suite), "suite_least": min(suite)}


def measure_candidates(bench: Bench, repeat: int) -> dict[str, Any]:
    """Ten candidates, tested and committed: two at a time and warm, or one after the other as is usual.

    Ours are committed by the product's own store, on the snapshot that it took of the same repository.
    """
    runners = [bench.runner() for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for runner, tree in zip(runners, bench.trees, strict=False):
            stack.callback(runner.close)
            test = choose_test(run(runner, tree, None))
            run(runner, tree, [test])
        second, plain = int(time.time()), _repository(bench)
        os.environ["AUTOGPT_STATE_HOME"] = str(bench.state)
        store = stack.enter_context(Store.open(discover(plain)))
        base = store.snapshot().commit
        ours: list[float] = []
        usual: list[float] = []
        for turn in range(max(1, repeat // 5)):
            changes = [change_of(bench, 100 * turn + number) for number in range(10)]

            def half(which: int, changes: list[tuple[str, str]] = changes, test: str = test, turn: int = turn) -> None:
                for number, change in enumerate(changes[which::2]):
                    lay(bench.trees[which], change, second + 20 * turn + number)
                    run(runners[which], bench.trees[which], [test])
                    store.commit(base, {change[0]: change[1].encode()}, "x", {})

            with ThreadPoolExecutor(2) as pool:
                ours.append(timed(lambda half=half: list(pool.map(half, (0, 1)))))
            usual.append(timed(lambda changes=changes, test=test: _usual(bench, plain, changes, test)))
        return {"ours": statistics.median(ours), "usual": statistics.median(usual)}


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def _repository(bench: Bench) -> Path:
    folder = bench.trees[2]
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A", "-f")
    _git(folder, "commit", "-q", "-m", "base")
    return folder


def _usual(bench: Bench, folder: Path, changes: list[tuple[str, str]], test: str) -> None:
    """A worktree for each candidate, pytest cold, a commit by GitPython."""
    import git

    for number, (path, text) in enumerate(changes):
        place = folder.parent / f"worktree{number}"
        _git(folder, "worktree", "add", "-q", "--detach", str(place))
        (place / path).write_text(text, encoding="utf-8")
        bench.cold(place, test.partition("::")[0])
        repository = git.Repo(place)
        repository.git.add(path)
        repository.index.commit("x")
        repository.close()
        _git(folder, "worktree", "remove", "--force", str(place))


def measure_runs(bench: Bench, repeat: int) -> dict[str, Any]:
    """Many runs in a row: memory of the parent, processes, open files and mounts, before and after."""
    runner, tree = bench.runner(), bench.trees[0]
    with contextlib.closing(runner):
        test = choose_test(run(runner, tree, None))
        for _ in range(5):
            run(runner, tree, [test])
        before = _held()
        for _ in range(MANY if repeat >= 20 else 10 * repeat):
            run(runner, tree, [test])
        return {"runs": runner.warm_runs, "before": before, "after": _held()}


def _held() -> dict[str, int]:
    """What this process and all below it hold."""
    time.sleep(0.5)
    ids, memory = [os.getpid()], 0
    for pid in ids:
        with contextlib.suppress(OSError):
            ids += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for pid in ids[1:]:
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            memory += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    mounts = len(Path("/proc/self/mounts").read_text().splitlines())
    files = len(list(Path("/proc/self/fd").iterdir()))
    return {"kilobytes": memory, "processes": len(ids) - 1, "files": files, "mounts": mounts}


def measure_fence(bench: Bench, repeat: int) -> dict[str, Any]:
    """A program that does nothing, in the sandbox and without it: what the fence costs each cold run."""
    runner, tree = bench.runner(), bench.trees[0]
    rows: dict[str, list[float]] = {"fenced": [], "plain": []}

    def fenced() -> None:
        with runner.place.prepare(["/bin/true"], tree) as ready:
            process.run(ready.launch, timeout=LIMIT, stop=Stop())

    for _ in range(repeat):
        rows["fenced"].append(timed(fenced))
        rows["plain"].append(timed(lambda: subprocess.run(["/bin/true"], check=True)))
    return {name: statistics.median(values) for name, values in rows.items()} | {
        f"{name}_least": min(values) for name, values in rows.items()
    }


MEASURES: dict[str, Callable[[Bench, int], dict[str, Any]]] = {
    "equal": measure_equal,
    "single": measure_single,
    "candidates": measure_candidates,
    "runs": measure_runs,
    "fence": measure_fence,
}


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    packages = load_packages()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", nargs="*", default=list(FIVE))
    parser.add_argument("--part", nargs="*", default=["equal", "single", "candidates"], choices=PARTS)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() and not options.again else {}
    for name in options.projects:
        for part in options.part:
            key = f"{name} {part} {options.repeat}"
            if key not in kept:
                with open_bench(packages[name]) as bench:
                    kept[key] = MEASURES[part](bench, options.repeat)
                KEPT.write_text(json.dumps(kept, indent=1))
            print(_row(name, part, kept[key]), flush=True)


def _row(name: str, part: str, found: dict[str, Any]) -> str:
    if part == "equal":
        said = "same" if not found["differ"] else f"DIFFER: {found['differ']}"
        ratio = found["cold"] / found["warm"]
        return f"| {name} | {found['tests']} tests | {said} | suite cold {found['cold']:.2f} s, warm x{ratio:.2f} |"
    if part == "single":
        warm, least = found["warm"], found["warm_least"]
        cells = [
            f"one test {1000 * warm:.0f} ms (least {1000 * least:.0f})",
            f"its file cold x{found['file'] / warm:.1f} (least x{found['file_least'] / least:.1f})",
            f"suite cold x{found['suite'] / warm:.1f} (least x{found['suite_least'] / least:.1f})",
        ]
        return f"| {name} | {' | '.join(cells)} |"
    if part == "candidates":
        return f"| {name} | ten candidates {found['ours']:.2f} s | usual x{found['usual'] / found['ours']:.1f} |"
    if part == "fence":
        costs = [1000 * (found[f"fenced{which}"] - found[f"plain{which}"]) for which in ("", "_least")]
        return f"| {name} | the fence costs {costs[0]:.0f} ms a cold run (least {costs[1]:.0f} ms) |"
    return f"| {name} | {found['runs']} runs | before {found['before']} | after {found['after']} |"


if __name__ == "__main__":
    main()
