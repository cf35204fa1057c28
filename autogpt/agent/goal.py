"""Which failing tests are the goal of a task and which were failing before for other reasons. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autogpt.errors import UsageError
from autogpt.feedback.report import Report, TestOutcome
from autogpt.task import Task


@dataclass(frozen=True, slots=True)
class Goal:
    """`tests` are to turn green; `preexisting` failed before and are none of this task's business."""

    tests: tuple[str, ...]
    preexisting: tuple[str, ...]


def choose_goal(
    task: Task, baseline: Report, read: Callable[[str], bytes | None], flaky: frozenset[str] = frozenset()
) -> Goal:
    """`fix`: the named failing tests, or all. `implement`: those that the task or its target names, perhaps none: by
    function or test, else by file, else those of what is unfinished where the task is about that.

    Flaky tests are neither goal nor pre-existing failures.
    Raise `UsageError` for a named test that does not exist.
    """
    failing = tuple(id for id in baseline.failing() if id not in flaky)
    if task.tests:
        wanted = frozenset().union(*(_matching(name, baseline) for name in task.tests))
        goal = tuple(id for id in failing if id in wanted)
    elif task.kind == "fix":
        goal = failing
    else:
        lines = target_lines(task, read)
        words = identifiers(task.text)
        goal = tuple(id for id in failing if _concerns(baseline.outcomes[id], task, lines, words))
        if not goal and task.target is None:
            goal = _by_files([baseline.outcomes[id] for id in failing], words) or _unfinished(
                [baseline.outcomes[id] for id in failing], task.text
            )
    return Goal(goal, tuple(id for id in failing if id not in goal))


def _matching(name: str, baseline: Report) -> frozenset[str]:
    """Ids meant by an id, a file, a folder, `::`-less test name or the id without its parameters."""
    wanted = name.replace("\\", "/").removeprefix("./").rstrip("/")
    ids = baseline.outcomes.keys()
    exact = [id for id in ids if id == wanted]
    below = [id for id in ids if id.startswith((wanted + "::", wanted + "/", wanted + "["))]
    named = [id for id in ids if id.rpartition("::")[2].partition("[")[0] == wanted]
    found = exact or below or named
    if not found:
        import difflib

        near = difflib.get_close_matches(wanted, list(ids), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "Give a test id, a test file or a folder of tests."
        raise UsageError(f"There is no test `{name}` here.", hint)
    return frozenset(found)


def _concerns(outcome: TestOutcome, task: Task, lines: range | None, words: frozenset[str]) -> bool:
    """Whether the failure runs through the target, or its test, a function in its traceback or one missing is named."""
    target = task.target
    if target is not None:
        in_target = (frame.path == target.path and (lines is None or frame.line in lines) for frame in outcome.frames)
        if any(in_target):
            return True
        if outcome.id.partition("::")[0] == target.path and lines is None:
            return True
    functions = {frame.function.rpartition(".")[2] for frame in outcome.frames}
    functions |= set(_MISSING.findall(outcome.message))
    own = {outcome.id, outcome.id.partition("[")[0], outcome.id.rpartition("::")[2].partition("[")[0]}
    return bool(words & (functions | own))


def _by_files(failing: Iterable[TestOutcome], words: frozenset[str]) -> tuple[str, ...]:
    """Failures that run through a file that is named, by its path, a part of it from the end, or as a module."""
    names = {word.strip("./") for word in words if "." in word or "/" in word}
    names |= {f"{name.replace('.', '/')}.py" for name in names}

    def is_named(path: str) -> bool:
        return any(path == name or path.endswith(f"/{name}") for name in names)

    return tuple(
        outcome.id
        for outcome in failing
        if any(map(is_named, (outcome.id.partition("::")[0], *(frame.path for frame in outcome.frames))))
    )


def _unfinished(failing: Iterable[TestOutcome], text: str) -> tuple[str, ...]:
    """Failures for want of a body or a name, if the task is about what is not finished, and names nothing."""
    if not _UNFINISHED & set(re.findall(r"\w+", text.lower())):
        return ()
    return tuple(
        outcome.id
        for outcome in failing
        if outcome.exception == "NotImplementedError" or _MISSING.search(outcome.message)
    )


_UNFINISHED = frozenset({"unfinished", "missing", "todo", "todos", "stub", "stubs", "notimplementederror"})

_MISSING = re.compile(r"(?:cannot import name|has no attribute|name) '(\w+)'")
"""What a test asks for and is not there, as Python says it."""


def identifiers(text: str) -> frozenset[str]:
    """Words of the task that can be names of functions or tests, ids included."""
    words = re.findall(r"[\w./-]+(?:::[\w\[\]-]+)*", text)
    parts = [part for word in words for part in (word, *word.strip(".").split("."))]
    return frozenset(part for part in parts if len(part) > 2 and not _is_prose(part))


def _is_prose(word: str) -> bool:
    """A plain dictionary word is too weak a hint to make a test the goal, unless it was quoted as code."""
    return word.isalpha() and word.islower() and word in _PROSE


_PROSE = frozenset(
    re.findall(
        r"\w+",
        "the and for with that this from into when then implement function method class test tests write make add fix "
        "should return returns all any use using its not are was will can must unfinished missing code file",
    )
)


def target_lines(task: Task, read: Callable[[str], bytes | None]) -> range | None:
    """Lines (from 1) of the function around the target, or of the range itself; None for the whole file."""
    target = task.target
    if target is None or target.range is None:
        return None
    first, last = target.range.start.line + 1, target.range.end.line + 1
    content = read(target.path)
    if content is None:
        raise UsageError(f"There is no file {target.path} in the workspace.")
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return range(first, last + 1)
    inner = innermost_function(tree, first, last)
    if inner is None:
        return range(first, last + 1)
    return range(inner.lineno, (inner.end_lineno or inner.lineno) + 1)


def innermost_function(tree: ast.AST, first: int, last: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function around lines `first` to `last`, which count from 1."""
    around = [node for node in _functions(tree) if node.lineno <= first and last <= (node.end_lineno or node.lineno)]
    return max(around, key=lambda node: node.lineno, default=None)


def _functions(tree: ast.AST) -> Iterable[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
