"""What the tests said, in the words of a prompt: the goal first, values and frames, each failure once, nothing long."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from autogpt.feedback.report import Report, TestOutcome
from autogpt.feedback.text import cut, readable
from autogpt.models.base import Attempt

DETAILED = 6
"""Failures told with assertion and frames; the rest are named."""
EXAMPLES = 2
"""Failures told of those that happen in one place, such as one test over many values."""
NAMED = 20
MESSAGE = 2_500
"""Characters of one failure's message."""
OUTPUT = 1_500
"""Characters of what one test printed."""
_STEPS_OF_OTHERS = re.compile(r"(?m)^[ \t]*at .*(?:\bnode_modules/|\(node:|at node:).*\n?")
"""Lines of a JavaScript traceback in code that is not the project's."""
_FRAMES_OF_OTHERS = re.compile(
    r"(?m)^[ \t]*File \"(?:<frozen [^\"\n]*|[^\"\n]*/(?:site-packages|python3\.\d+)/[^\"\n]*)\", line .*\n"
    r"(?:(?![ \t]*File \")[ \t]{2,}.*\n)*"
)
"""Frames of a Python traceback in code that is not the project's, with the lines that they quote."""
_PLACE = re.compile(r"(?<![\w./@+-])((?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]{1,5}):(\d+)\b")


def failures(report: Report, ids: Sequence[str], touched: Collection[str] = ()) -> str:
    """These tests' failures, alike ones told once; frames in `touched` files are marked."""
    groups: dict[tuple[str, str, str], list[TestOutcome]] = {}
    there: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for id in ids:
        outcome = report.outcomes.get(id)
        if outcome is None or not outcome.failing:
            continue
        kind = _kind(outcome)
        alike = there.setdefault((kind[0], kind[2]), [])
        if kind not in alike:
            if len(alike) < EXAMPLES:
                alike.append(kind)
            else:
                kind = alike[-1]
        groups.setdefault(kind, []).append(outcome)
    parts = [_failure(group, touched) for group in list(groups.values())[:DETAILED]]
    rest = [outcome.id for group in list(groups.values())[DETAILED:] for outcome in group]
    missing = [id for id in ids if id not in report.outcomes]
    parts += _named("Failing in other ways", rest) + _named("Not run", missing)
    return "\n\n".join(parts)


def _kind(outcome: TestOutcome) -> tuple[str, str, str]:
    inner = next((f"{frame.path}:{frame.line}" for frame in reversed(outcome.frames)), outcome.id)
    return outcome.exception, re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "#", outcome.message), inner


def _failure(group: Sequence[TestOutcome], touched: Collection[str]) -> str:
    first = group[0]
    where = f" (in {first.phase})" if first.phase != "call" else ""
    lines = [f"{first.id} fails{where}:"]
    message = _STEPS_OF_OTHERS.sub("", readable(first.message)).strip() or first.exception or "no message"
    if first.exception and first.exception not in message and first.exception != "AssertionError":
        message = f"{first.exception}: {message}"
    lines.append(_indented(cut(message, MESSAGE)))
    for frame in first.frames[-6:]:
        mark = "  <- a file you changed" if frame.path in touched else ""
        text = f"  `{frame.text.strip()}`" if frame.text.strip() else ""
        lines.append(f"    at {frame.path}:{frame.line} in {frame.function}{text}{mark}")
    if first.output.strip():
        lines.append("    It printed:\n" + _indented(cut(readable(first.output).strip(), OUTPUT)))
    if len(group) > 1:
        lines.append(f"    In the same place: {_list([outcome.id for outcome in group[1:]])}")
    return "\n".join(lines)


def _named(title: str, ids: Sequence[str]) -> list[str]:
    return [f"{title}: {_list(ids)}"] if ids else []


def _list(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def problem(report: Report) -> str:
    """Why a run of tests has no verdict, with what it printed; "" when it has one."""
    if not report.problem:
        return ""
    room = 2 * OUTPUT if not report.outcomes else OUTPUT // 2  # what was reported says more than what was printed
    printed = cut(_FRAMES_OF_OTHERS.sub("", readable(report.output)).strip(), room)
    return f"{report.explanation or report.problem}" + (f"\n{_indented(printed)}" if printed else "")


def outcome_of(attempt: Attempt, goal: Sequence[str], before: Collection[str] = ()) -> str:
    """What became of a change: fixed, broken, still failing; the goal's tests first. Those in `before` were fixed by
    an earlier change that it stands on."""
    verdict, tests = attempt.verdict, attempt.verdict.tests
    touched = attempt.candidate.change.keys()
    if verdict.status == "refused":
        return f"The change was refused and not tested: {verdict.reason}"
    parts = [f"The change was applied and tested. {verdict.reason}"]
    new = tests.added if verdict.status != "verified" else ()  # of which the reason speaks
    parts += _named("Fixed by it", [id for id in tests.fixed if id not in before])
    parts += _named("New tests that pass with it", [id for id in new if id not in before])
    parts += _named("Passing by what was kept before", [id for id in (*tests.fixed, *new) if id in before])
    parts += _named("Broken by it, these passed before", tests.broken)
    if told := problem(verdict.report).removeprefix(verdict.reason).strip("\n"):
        parts.append(told)
    still = sorted(tests.still_failing, key=lambda id: (id not in goal, _position(id, goal)))
    if told := failures(verdict.report, [*still, *tests.broken], touched):
        parts.append(told)
    if left := verdict.unnoticed:
        said = "With these small changes to the code all new tests pass, so they do not test what these lines do:"
        parts.append("\n".join([said, *(f"    {one}" for one in left)]))
    if found := verdict.diagnostics:
        told = [f"    {one.sentence()}" for one in found[:NAMED]]
        more = [f"    and {len(found) - NAMED} more"] if len(found) > NAMED else []
        parts.append("\n".join(["New findings of the project's own linter and type checker:", *told, *more]))
    parts += [f"Warning: {text}" for text in verdict.warnings[:NAMED]]
    if any(f"{path}:" in text and "a given test file" in text for path in touched for text in verdict.warnings):
        parts.append("Changes of given tests have no effect: the tests ran as they were given. Change the code.")
    return "\n\n".join(parts)


def _position(id: str, goal: Sequence[str]) -> int:
    return goal.index(id) if id in goal else len(goal)


def lesson(attempt: Attempt) -> str:
    """One line for a fresh start: what was tried and how it ended."""
    files = ", ".join(sorted(attempt.candidate.change))
    return f"- {attempt.candidate.summary} ({files}): {' '.join(attempt.verdict.reason.split())}"


def places(outcome: TestOutcome) -> tuple[tuple[str, int], ...]:
    """Files and lines (from 1) of a failure, outermost first: its frames, else what its message names. Files of the
    latter need not exist."""
    if outcome.frames:
        return tuple((frame.path, frame.line) for frame in outcome.frames)
    named = ((path, int(line)) for path, line in _PLACE.findall(outcome.message) if "node_modules/" not in path)
    return tuple(reversed(tuple(dict.fromkeys(named))))  # other languages print the innermost first


def files_in(report: Report, ids: Iterable[str]) -> tuple[str, ...]:
    """Files of the tracebacks of these tests, innermost first, each once."""
    found: dict[str, None] = {}
    for id in ids:
        outcome = report.outcomes.get(id)
        for path, _ in reversed(places(outcome) if outcome else ()):
            found.setdefault(path)
    return tuple(found)
