"""Which test needs which part of a verified change: each part is left out once, and what it fixed is run without it."""

from __future__ import annotations

from collections.abc import Iterator

from autogpt.agent.bench import Ground, Progress, Understood, read_base, test_change
from autogpt.errors import AutogptError
from autogpt.events import PartWeighed
from autogpt.feedback.integrity import new_tests, test_files
from autogpt.git.blocks import blocks, decoded, split_lines
from autogpt.git.text import encoded
from autogpt.models.base import Attempt, Change

MAX_PARTS = 8
"""More parts than these are not weighed: a change that large is read as a whole."""
MAX_SECONDS = 5.0
"""Spent on it at most: it tells the person more, and the verdict nothing."""

Part = tuple[str, int, int, Change]
"""Path, first line of the base from 0, number of lines, and the change without this part."""


def weigh(ground: Ground, progress: Progress, understood: Understood, attempt: Attempt) -> None:
    """Tell what each part is needed for. Whatever happens here, the verdict stands."""
    tests = tuple(id for id in (*attempt.verdict.tests.fixed, *attempt.verdict.tests.added) if "::" in id)
    change = attempt.candidate.change
    known = test_files(understood.baseline.outcomes.keys())
    judged = {*known, *new_tests(change, lambda path: read_base(ground, path))}
    parts = [part for part in parts_of(ground, change) if part[0] not in judged]
    if not tests or not 1 < len(parts) <= MAX_PARTS:
        return
    spent = 0.0
    try:
        for path, line, count, rest in parts:
            left = min(MAX_SECONDS - spent, progress.stop.remaining())
            if progress.stop.requested or left <= 0:
                return
            report = test_change(ground, understood.runner, rest, tests, timeout=left, stop=progress.stop)
            if report.problem in ("timeout", "stopped", "command", "no_report"):
                return
            spent += report.seconds
            passed = report.passed()
            progress.emit(PartWeighed(path, line, count, tuple(id for id in tests if id not in passed)))
    except (AutogptError, OSError):
        return


def parts_of(ground: Ground, change: Change) -> Iterator[Part]:
    """The parts that a person can decide about, each with the change that lacks it."""
    for path, data in change.items():
        base = read_base(ground, path)
        old, new = decoded(base), decoded(data)
        if old is None or new is None:
            yield path, 0, len(split_lines(old or "")), {other: text for other, text in change.items() if other != path}
            continue
        before, after = split_lines(old), split_lines(new)
        for start, end, first, last in blocks(before, after):
            text = "".join([*after[:first], *before[start:end], *after[last:]])
            yield path, start, end - start, {**change, path: encoded(text, data)}
