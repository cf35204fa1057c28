"""Which of the seeded bugs the space of edits can undo at all, without running a test: kind by kind, and the misses.

    python -m benchmarks.repair.space --half dev

For each edit of a bug: the number of the reverse edit among all edits of its function, cheapest first, or a miss.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import median

from autogpt.search.edit import Edit
from autogpt.search.space import Source, edits
from benchmarks.repair import mutate
from benchmarks.repair.bugs import Bug, load_bugs, read_source
from benchmarks.repair.packages import fetch, load_packages

COMMENT = re.compile(r"(?m)^\s*#.*$|  #.*$")


def function_lines(tree: ast.Module, line: int) -> range:
    """Lines of the innermost function around a line; of the whole file for none."""
    around = [
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(around, key=len, default=range(1, 1_000_000))


def reverse(original: str, wrong: tuple[int, int, str]) -> tuple[int, float, Edit] | None:
    """Place and cost of an edit that undoes one change, and the edit; None where there is none."""
    text = mutate.apply(original, mutate.Edit(*wrong))
    source = Source("module.py", text)
    lines = function_lines(source.tree, text.count("\n", 0, wrong[0]) + 1)
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    first, last = starts[lines[0] - 1], starts[min(lines[-1], len(starts) - 1)]
    goal = shape(original[first : last + len(original) - len(text)])
    found = sorted(edits(source, lines), key=lambda edit: edit.cost)
    for place, edit in enumerate(found, 1):
        inside = first <= edit.start and edit.end <= last
        if inside and shape(text[first : edit.start] + edit.text + text[edit.end : last]) == goal:
            return place, edit.cost, edit
    return None


def shape(function: str) -> str:
    """A function's text without spaces and comments, with one kind of quotes."""
    return "".join(COMMENT.sub("", function).split()).replace('"', "'")


def look(bugs: Sequence[Bug]) -> Iterator[tuple[Bug, str, tuple[int, float, Edit] | None]]:
    packages = load_packages()
    for bug in bugs:
        original = read_source(fetch(packages[bug.package]) / bug.file)
        for kind, wrong in zip(bug.kinds, bug.edits, strict=False):
            yield bug, kind, reverse(original, wrong)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.space", description="Which bugs the edits can undo.")
    parser.add_argument("--half", choices=["dev", "held-out", "all"], default="dev")
    parser.add_argument("--only", action="append", metavar="NAME", help="a package or a bug")
    options = parser.parse_args(arguments)
    chosen = [
        bug
        for bug in load_bugs(Path(__file__).with_name("bugs.jsonl"))
        if options.half in ("all", bug.half) and (not options.only or {bug.id, bug.package} & set(options.only))
    ]
    places = defaultdict[str, list[int | None]](list)
    for bug, kind, found in look(chosen):
        places[kind].append(found[0] if found else None)
        if found is None:
            print(f"{bug.id} {kind}: no edit undoes {bug.edits}", flush=True)
        elif found[0] > 300:
            print(f"{bug.id} {kind}: number {found[0]}, cost {found[1]:.1f}, {found[2].kind}: {bug.edits}", flush=True)
    print("\n| kind | edits | undone | number in its function, median |\n|---|---|---|---|")
    for kind, all_of_it in sorted(places.items()):
        known = [place for place in all_of_it if place is not None]
        print(f"| {kind} | {len(all_of_it)} | {len(known)} | {median(known) if known else '–'} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
