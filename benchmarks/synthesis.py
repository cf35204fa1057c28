"""Which body the synthesis offers first of those that pass the checks shown, and whether it is right.

    python -m benchmarks.synthesis --limit 80
    python -m benchmarks.synthesis --half held-out --limit 200    # only for benchmarks/LOG.md

Elementary tasks, half of their checks shown, as in `autogpt bench elementary` but without runs: bodies are tried in
order until some pass. The families that are held out are looked at as figures alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from statistics import median

from autogpt.search.space.source import Source
from autogpt.search.synthesis import bodies
from autogpt.training.checking import Job, check
from autogpt.training.curriculum import Task, all_families, tasks

MOST_TRIED, MOST_PASSING, AT_ONCE = 400, 10, 40


@dataclass(frozen=True, slots=True)
class Found:
    """The first body that passes what is shown, and the place, from 1, of the first right one among those that do."""

    task: Task
    body: str
    right_body: str
    place: int
    """0 where none is right."""
    tried: int
    seconds: float

    @property
    def is_right(self) -> bool:
        return self.place == 1


def attempt(task: Task) -> Found:
    started = time.perf_counter()
    shown, hidden = task.checks[::2], task.checks[1::2]
    source = Source("solution.py", f"{task.header}    raise NotImplementedError\n")
    tests = f"from solution import {task.name}\n\n\ndef test_it():\n"
    tests += "".join(f"    assert {task.name}{call} == {value}\n" for call, value in shown)
    found = islice(bodies(source, task.name, [tests]), MOST_TRIED)
    passing: list[tuple[str, bool]] = []
    tried = 0
    while len(passing) < MOST_PASSING and (some := list(islice(found, AT_ONCE))):
        tried += len(some)
        codes = [source.text[: edit.start] + edit.text + source.text[edit.end :] for edit in some]
        calls = tuple(call for call, _ in (*shown, *hidden))
        for edit, checked in zip(some, check(Job(code, task.name, calls) for code in codes), strict=True):
            values = [came.value for came in checked.came]
            if values[: len(shown)] == [value for _, value in shown]:
                passing.append((edit.text, values[len(shown) :] == [value for _, value in hidden]))
    place = next((index for index, (_, right) in enumerate(passing, 1) if right), 0)
    right = passing[place - 1][0] if place else ""
    return Found(task, passing[0][0] if passing else "", right, place, tried, time.perf_counter() - started)


def chosen(half: str, limit: int, seed: int) -> list[Task]:
    """A variant each of a sample of families."""
    families = [family for family in all_families() if family.held_out == (half == "held-out")]
    dice = random.Random(f"{seed}-synthesis")
    some = dice.sample(families, min(limit, len(families)))
    return [task for task in tasks(some, 1, dice) if len(task.checks) >= 4]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.synthesis", description="Right bodies among those that pass.")
    parser.add_argument("--half", choices=["learnt", "held-out"], default="learnt")
    parser.add_argument("--limit", type=int, default=80, metavar="N", help="a sample of N families")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    results: list[Found] = []
    for one in _all(chosen(options.half, options.limit, options.seed), options.jobs):
        results.append(one)
        if options.half == "learnt" and not one.is_right:
            print(f"{one.task.family}: {one.task.text}\n    {one.body!r}\n    {one.place}: {one.right_body!r}\n"
                  f"    meant: {one.task.body.strip()!r}")  # fmt: skip
    passed = [one for one in results if one.body]
    right = sum(one.is_right for one in results)
    print(f"half {options.half}, seed {options.seed}: {len(results)} tasks, {len(passed)} with a body that passes")
    print(f"right at once {right}, among the first {MOST_PASSING} {sum(one.place > 0 for one in results)}")
    print(f"seconds, median {median(one.seconds for one in results):.1f}, most {max(o.seconds for o in results):.1f}")
    return 0


def _all(some: Sequence[Task], jobs: int) -> Iterator[Found]:
    with ProcessPoolExecutor(jobs) as pool:
        for number, one in enumerate(pool.map(attempt, some), 1):
            print(f"{number}/{len(some)}", end="\r", file=sys.stderr)
            yield one


if __name__ == "__main__":
    raise SystemExit(main())
