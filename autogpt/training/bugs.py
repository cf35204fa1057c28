"""Bug-and-fix pairs: slips made in code that is right, and taken back.

Functions come from packages and seeds of the training alone; how `benchmarks/repair` makes its bugs is not known here.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autogpt.models.forms import Change, changed_lines
from autogpt.search.ranker import evidence_text
from autogpt.training.checking import Job, check
from autogpt.training.curriculum import Task, failing_check
from autogpt.training.slips import drawn, slips

TRIES = 4
"""Slips drawn for a function before it is given up for this time."""
MOST_CHANGED = 6
"""Lines that differ at most."""
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class BugFix:
    """A function with a bug, the lines that are wrong and the right ones. `evidence` is "" where no test was run."""

    kind: str
    code: str
    fix: Change
    right: str
    evidence: str = ""
    file: str = ""
    """The file that the function is of, by its name in the data; "" where it stands alone."""
    line: int = 0
    """Where it begins in that file, from 0."""


def mutants(code: str, count: int, dice: random.Random) -> Iterator[BugFix]:
    """At most so many different bugs of one function; none for code that has no place for any."""
    if code.count("\n") > MOST_LINES:
        return
    try:
        by_kind = slips(code)
    except (SyntaxError, ValueError, RecursionError):
        return
    seen: set[str] = set()
    for _ in range(TRIES * count):
        if not by_kind or len(seen) >= count:
            return
        kind, (start, end, text, _) = drawn(by_kind, dice)
        bug = _bug(kind, code, code[:start] + text + code[end:])
        if bug is not None and bug.code not in seen:
            seen.add(bug.code)
            yield bug


def _bug(kind: str, code: str, wrong: str) -> BugFix | None:
    """The pair, unless the slip changes nothing, breaks the syntax, or changes too much to be one."""
    try:
        if ast.dump(ast.parse(wrong)) == ast.dump(ast.parse(code)):
            return None
    except (SyntaxError, ValueError, RecursionError):
        return None
    fix = changed_lines(wrong, code)
    if fix is None or max(fix.old.count("\n"), fix.new.count("\n")) > MOST_CHANGED:
        return None
    return BugFix(kind, wrong, fix, code)


def tested_mutants(tasks: Sequence[Task], count: int, dice: random.Random) -> Iterator[BugFix]:
    """Bugs of the curriculum's functions that a check notices, with what it said."""
    drawn: list[tuple[Task, BugFix]] = []
    each = max(1, -(-count * 2 // max(1, len(tasks))))  # about half of all bugs are noticed
    for task in dice.sample(list(tasks), len(tasks)):
        drawn += [(task, bug) for bug in mutants(task.code, each, dice)]
        if len(drawn) >= 2 * count:
            break
    jobs = (Job(bug.code, task.name, tuple(call for call, _ in task.checks)) for task, bug in drawn)
    found = 0
    for (task, bug), checked in zip(drawn, check(jobs), strict=True):
        failed = failing_check(task, checked.came)
        if failed is not None and found < count:
            found += 1
            yield BugFix(bug.kind, bug.code, bug.fix, bug.right, evidence_text(*failed))
