"""What the project map costs and whether it leads to the right file.

    python -m benchmarks.context [--files 10000] [--readers 2] [FOLDER]

The files are those of FOLDER (by default the installed packages of this environment: real code in several languages).
*first* reads all of them, *session* takes them from the store as a later session does, *other tree* is the first look
of another run (the same contents in another folder), *update* one changed file of the
median size, *query* seeds, ranks and renders a map. Processor time, that of child processes too, beside the clock: on a
busy machine it says more. `--readers` parse the first reading side by side (1: none do); else the rule of the product
decides, by how many cores are free.

*leads to*: the documentation of a function, as a task, should lead to the file that defines it among all files; rank by
the map, and by counting words of the task in whole texts as the simplest rule does.
"""

from __future__ import annotations

import argparse
import ast
import functools
import os
import random
import re
import resource
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from autogpt.context import project
from autogpt.context.languages import grammar_of
from autogpt.context.project import Project
from autogpt.context.ranking import by_words, rank
from autogpt.context.store import FactStore
from autogpt.models.survey import render

T = TypeVar("T")
TASKS = 120


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """Result, seconds by the clock, seconds of the processor."""
    clock, processor = time.perf_counter(), processor_seconds()
    result = work()
    return result, time.perf_counter() - clock, processor_seconds() - processor


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def files_of(folder: Path, most: int) -> dict[str, bytes]:
    """Source files in a fixed random order, so that any number of them is a mixture."""
    found = [
        str((Path(place) / name).relative_to(folder))
        for place, _, names in os.walk(folder)
        for name in names
        if grammar_of(name)
    ]
    random.Random(1).shuffle(found)
    return {path: (folder / path).read_bytes() for path in sorted(found[:most])}


def cost(files: Mapping[str, bytes], store: Path) -> None:
    """Print a line for each step."""
    middle = sorted(files, key=lambda path: len(files[path]))[len(files) // 2]

    def refresh(project: Project, sign: object = 0, changed: str = "") -> None:
        signs = {path: (sign, path == changed and time.perf_counter()) for path in files}
        project.refresh(signs, lambda path: files[path] + b"\n" * (path == changed))

    known = Project(FactStore(store))
    show("first", timed(lambda: refresh(known)), "30 s")
    show("nothing changed", timed(lambda: refresh(known)))
    show("other tree", timed(lambda: refresh(known, 1)))
    updates = [timed(lambda: refresh(known, 1, middle)) for _ in range(9)]
    show(f"update ({len(files[middle]):,} bytes)", sorted(updates, key=lambda one: one[2])[4], "50 ms")
    later = Project(FactStore(store))
    show("session", timed(lambda: refresh(later)))
    paths = random.Random(2).sample(sorted(known.index.files), 40)
    queries = [timed(lambda seed=seed: query(known, seed)) for seed in paths]
    clock, processor = (
        statistics.median(seconds) for seconds in zip(*((one[1], one[2]) for one in queries), strict=True)
    )
    show("query, median", (None, clock, processor), "200 ms")
    show("query, slowest", max(queries, key=lambda one: one[2]), "200 ms")
    print(f"store {store.stat().st_size / 1e6:.0f} MB, peak memory {memory():.0f} MB")


def query(project: Project, seed: str) -> str:
    ranks = rank(project.index, {seed: 1.0, **by_words(project.index, "write the summary of a report as a table")})
    return render(list(ranks), frozenset(project.index.files[seed].names), project.index, 9_000)


def show(what: str, took: tuple[object, float, float], goal: str = "") -> None:
    print(f"| {what} | {took[1] * 1000:,.0f} ms | {took[2] * 1000:,.0f} ms | {goal} |")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def leads(files: Mapping[str, bytes], project: Project) -> None:
    """How often the right file is first, and among the first eight."""
    tasks = documented(files)
    texts = {path: f"{path}\n{data.decode('utf-8', 'replace')}".lower() for path, data in files.items()}
    ranks: dict[str, list[int]] = {"map": [], "words in texts": []}
    for path, task in tasks:
        ranked = list(by_words(project.index, task, most=100))
        ranks["map"].append(ranked.index(path) if path in ranked else 10**6)
        words = set(re.findall(r"[a-z]{4,}", task.lower()))
        bare = {one: text.replace(task.lower(), "") if one == path else text for one, text in texts.items()}
        scored = sorted(bare, key=lambda one: (-sum(word in bare[one] for word in words), len(bare[one])))
        ranks["words in texts"].append(scored.index(path))
    print(f"{len(tasks)} functions by their documentation among {len(files)} files:")
    for rule, places in ranks.items():
        first, eight = sum(place == 0 for place in places), sum(place < 8 for place in places)
        print(f"| {rule} | first {first / len(places):.0%} | in the first eight {eight / len(places):.0%} |")


def documented(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Path and first paragraph of documented functions, one of a file."""
    found: list[tuple[str, str]] = []
    for path, data in files.items():
        try:
            nodes = list(ast.walk(ast.parse(data))) if path.endswith(".py") else []
        except (SyntaxError, ValueError):
            continue
        for node in nodes:
            text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
            if isinstance(node, ast.FunctionDef) and text and 40 < len(text.split("\n\n")[0]) < 300:
                found.append((path, text.split("\n\n")[0]))
                break
    return random.Random(3).sample(found, min(TASKS, len(found)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(sysconfig.get_path("purelib")))
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.readers:
        project.choose = functools.partial(min, arguments.readers)
    files = files_of(arguments.folder, arguments.files)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.0f} MB\n| step | clock | processor | goal |")
    with tempfile.TemporaryDirectory() as folder:
        cost(files, Path(folder) / "context.sqlite")
    few = dict(random.Random(4).sample(sorted(files.items()), min(600, len(files))))
    small = Project()
    small.refresh(dict.fromkeys(few, (0,)), lambda path: few[path])
    leads(few, small)


if __name__ == "__main__":
    main()
