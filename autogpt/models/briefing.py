"""The words of a round: what the model is told first, and what it is told about its last change. Stable parts first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from autogpt.edits import Format, fence_for, instructions
from autogpt.feedback.report import Report
from autogpt.models import evidence, surroundings
from autogpt.models.acceptance import asks_for_tests
from autogpt.models.asks import fenced
from autogpt.models.base import Attempt, Brief
from autogpt.models.context import Context, Shown
from autogpt.models.prompts import prompt
from autogpt.models.tree import Tree
from autogpt.task import Range

LESSONS = 12
"""Earlier attempts told after a fresh start."""
OTHERS = 10
"""Tests named that fail for other reasons."""


def system(format: Format, fence: str) -> str:
    """The first message: the same in every run with this format."""
    return prompt("system", instructions=instructions(format, fence), fence=fence)


def fence_of(context: Context) -> str:
    """A fence that begins no line of what is shown."""
    return fence_for([shown.text for shown in context.files])


def first(brief: Brief, tree: Tree, context: Context, closing: str, lessons: Sequence[str] = ()) -> str:
    """The second message: the project and what is known of it, then the task and what fails, then what to send."""
    learnt = fenced("\n".join(f"- {lesson}" for lesson in lessons))
    known = [prompt("lessons", lessons=learnt).strip()] if lessons else []
    return prompt(
        "task",
        project="\n\n".join([_project(brief, context), *known]),
        task=task(brief, tree),
        closing="\n\n".join(part for part in (_evidence(brief), closing) if part),
    )


def _project(brief: Brief, context: Context) -> str:
    """What is the same for every task on the same files comes first."""
    parts = [f"# Rules of the project\n\n{fenced(brief.rules)}"] if brief.rules.strip() else []
    parts.append(f"# How the tests run\n\n{surroundings.described(brief, is_empty=not context.listing)}")
    parts.append(f"# Files of the project\n\n{fenced(context.listing or '(the folder is empty)')}")
    if context.files:
        parts.append(f"# Text of the files that matter most\n\n{files(context.files)}")
    if context.around:
        parts.append(f"# Other files that may matter, with their main definitions\n\n{fenced(context.around)}")
    if context.used:
        parts.append(f"# Where what the task names is used\n\n{fenced(context.used)}")
    return "\n\n".join(parts)


def files(shown: Sequence[Shown]) -> str:
    """Files with their paths, in the order given."""
    return "\n\n".join(f"## {one.path}{f' ({one.note})' if one.note else ''}\n{fenced(one.text)}" for one in shown)


def task(brief: Brief, tree: Tree) -> str:
    """What the person asked for, with the place it is about and the comments of the reviewer."""
    asked = brief.task
    parts = [asked.text.strip()] if asked.text.strip() else []
    if asked.kind == "fix":
        parts.append("Find and fix what makes the tests below fail.")
    if asked.kind == "implement" and next(tree.paths(), None) is None:
        parts.append(
            "The folder is empty: begin a whole small project, with its tests, a README.md "
            "and the command that runs it. What it needs beside the standard library is declared where such projects "
            "do so."
        )
    if asked.target is not None:
        parts.append(_place(asked.target.path, asked.target.range, tree, "The task is about"))
    if asked.comments:
        told = "\n\n".join(_place(one.path, one.range, tree, one.text, comment=True) for one in asked.comments)
        parts.append(prompt("comments", comments=told).strip())
    return "\n\n".join(parts)


def _place(path: str, range_: Range | None, tree: Tree, said: str, *, comment: bool = False) -> str:
    if not path:
        return f"- {said}"
    text = tree.text(path)
    if range_ is None or text is None:
        return f"- {path}: {said}" if comment else f"{said} {path}."
    first, last = range_.start.line, range_.end.line
    quoted = "\n".join(text.splitlines()[first : last + 1])
    where = f"{path}, lines {first + 1}-{last + 1}"
    return f"- {where}: {said}\n{fenced(quoted)}" if comment else f"{said} {where}:\n{fenced(quoted)}"


def _evidence(brief: Brief) -> str:
    if not brief.goal:
        told = _trouble(brief.baseline) if brief.baseline.problem not in ("", "no_tests") else _unmet(brief)
        return f"# The tests as they are\n\n{fenced(told)}" if told else ""
    told = evidence.failures(brief.baseline, brief.goal)
    others = [id for id in brief.baseline.failing() if id not in brief.goal]
    more = f" and {len(others) - OTHERS} more" if len(others) > OTHERS else ""
    rest = (
        f"\n\nThese fail for other reasons and are not your task: {', '.join(others[:OTHERS])}{more}" if others else ""
    )
    return f"# Failing tests\n\n{fenced(told)}{rest}"


def _unmet(brief: Brief) -> str:
    """What fails of the tests that came with an earlier change: with the proposal that is refined, or in this run."""
    own = {id for attempt in brief.attempts for id in attempt.verdict.tests.still_failing}
    ids = [id for id in brief.baseline.failing() if id in own or brief.task.kind == "refine"]
    return evidence.failures(brief.baseline, ids)


def _trouble(baseline: Report) -> str:
    """Why the tests say nothing: by file where files cannot be collected, else what the run printed."""
    told = evidence.failures(baseline, baseline.failing())
    return f"{baseline.explanation}\n\n{told}" if told else evidence.problem(baseline)


def closing(brief: Brief, *, accepted: bool, untestable: bool = False) -> str:
    """The last paragraph: what to send. Of a task that no test can prove none is asked for again."""
    otherwise = "closing_untested" if untestable else "closing_task"
    if asks_for_tests(brief.task.text):
        otherwise = "closing_tests"
    name = "closing_goal" if brief.goal else "closing_accepted" if accepted else otherwise
    return prompt(name)


def lessons(attempts: Sequence[Attempt]) -> str:
    """What was tried, for a fresh start; "" when nothing was."""
    lines = dict.fromkeys(evidence.lesson(attempt) for attempt in attempts)
    return prompt("fresh", lessons="\n".join(list(lines)[-LESSONS:])) if lines else ""


def outcome(
    attempt: Attempt,
    others: Sequence[Attempt],
    goal: Sequence[str],
    *,
    kept: bool,
    advice: str,
    before: Collection[str] = (),
) -> str:
    """What became of the last change, whether it stays, and what to do about it. `before` are tests that pass by what
    was kept earlier."""
    told = fenced_outcome(attempt, goal, before)
    if others:
        told += "\n\nOther candidates of this round did no better:\n" + "\n".join(map(evidence.lesson, others))
    state = prompt("kept" if kept else "taken_back").strip()
    return prompt("outcome", outcome=told, state=state, advice=advice.strip())


def review(attempt: Attempt, goal: Sequence[str], *, kept: bool) -> str:
    """Asks to look over a change that no test speaks for or against."""
    state = prompt("kept" if kept else "taken_back").strip()
    return prompt("review", outcome=fenced_outcome(attempt, goal), state=state)


def fenced_outcome(attempt: Attempt, goal: Sequence[str], before: Collection[str] = ()) -> str:
    """What the tests said about a change, as data."""
    return fenced(evidence.outcome_of(attempt, goal, before))
