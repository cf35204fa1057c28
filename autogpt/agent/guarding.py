"""What new tests of code that is there already are worth: they pass on the base, so small changes to the code tell.

Such tests did not exist on the base and pass now. They prove a task that asks for tests, and no other, if they notice
at least half of the small changes to the code that they are about.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autogpt.agent.bench import Ground, Progress, Understood, read_base
from autogpt.agent.goal import identifiers, target_lines
from autogpt.agent.mutate import mutants
from autogpt.agent.versions import Version, unnoticed
from autogpt.context.project import project_of
from autogpt.events import Noted
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.report import Report
from autogpt.models.acceptance import asks_for_tests
from autogpt.models.base import Change, Verdict
from autogpt.models.survey import names_in, paths_in
from autogpt.models.tree import Tree

MOST_VERSIONS = 10
PER_LINE = 3
"""Versions of one line at most: a function may have no more than one."""
ENOUGH = 0.5
"""Part of the versions that must be noticed."""
MAX_SECONDS = 40.0
SLOWER, SHORTEST = 10.0, 5.0
"""Times as long as without, and seconds, that the tests may take with one version, which may never come to an end."""
TOLD = 2
"""Versions that are not noticed and told in the reason."""

Lines = dict[str, Collection[int]]
"""Line numbers (from 1) by path."""


def idle_tests(candidate: Report, proof: Report | None, baseline: Report) -> tuple[str, ...]:
    """New tests that pass with the change, and without it, too."""
    if proof is None:
        return ()
    good, trivial = candidate.passed(), proof.passed()
    return tuple(id for id in candidate.outcomes if id in good and id in trivial and id not in baseline.outcomes)


def weighed(
    ground: Ground, progress: Progress, understood: Understood, change: Change, verdict: Verdict, ids: Sequence[str]
) -> Verdict:
    """The verdict on a change that holds nothing but new tests, with what these notice. `ids` are those that pass."""
    if understood.environment.runner != "pytest" or not _is_tests_only(ground, change):
        return verdict
    versions = _versions(ground, _about(ground, progress, understood, change, ids))
    if not versions:
        return replace(verdict, reason=f"{verdict.reason} No small change to the code they are about could be made.")
    files = _listed(dict.fromkeys(version.path for version in versions))
    progress.emit(Noted(f"Small changes to {files}, to see which of them the new tests notice"))
    each = max(SHORTEST, SLOWER * verdict.report.seconds)
    tried, left = unnoticed(ground, progress, understood, change, versions, ids, seconds=MAX_SECONDS, each=each)
    progress.stop.check()
    if not tried:
        return verdict
    told = tuple(_told(ground, version) for version in left)
    noticed = tried - len(left)
    are, they = ("passes", "it notices") if len(ids) == 1 else ("pass", "they notice")
    said = f"{len(ids)} new test{'s' * (len(ids) > 1)} {are}; {they} {noticed} of {tried} small changes to {files}"
    if noticed < ENOUGH * tried:
        reason = f"{said}, which is too few to prove anything. Not noticed: {'; '.join(told[:TOLD])}."
        return replace(verdict, reason=reason, unnoticed=told)
    if not asks_for_tests(ground.task.text):
        return replace(verdict, reason=f"{verdict.reason} {said}.", unnoticed=told)
    tests = replace(verdict.tests, added=tuple(ids))
    return replace(verdict, status="verified", reason=f"{said}, and no other test fails.", tests=tests, unnoticed=told)


def _is_tests_only(ground: Ground, change: Change) -> bool:
    return all(is_test_path(path) and read_base(ground, path) is None for path in change)


# What the tests are about


def _about(ground: Ground, progress: Progress, understood: Understood, change: Change, ids: Sequence[str]) -> Lines:
    """Lines of the code that the task is about, else of what the tests run: of the functions that it names, if any."""
    task, tree = ground.task, Tree(ground.tree.workspace)
    if task.target is not None and _is_code(task.target.path):
        lines = target_lines(task, lambda path: read_base(ground, path))
        return {task.target.path: lines} if lines is not None else _named(ground, [task.target.path])
    if paths := [path for path in paths_in(task.text, tree) if _is_code(path)]:
        return _named(ground, paths)
    if paths := [path for path in _definers(ground) if _is_code(path) and read_base(ground, path) is not None]:
        return _named(ground, paths)
    run = _run_by(ground, progress, understood, change, ids)
    named = {path: lines for path, lines in _named(ground, list(run), whole=False).items() if lines}
    return named or run


def _is_code(path: str) -> bool:
    return path.endswith(".py") and not is_test_path(path)


def _definers(ground: Ground) -> list[str]:
    """Files that define a name in code that the task mentions, as far as the project map has been made."""
    project = project_of(Path(ground.task.workspace))
    with project.lock:
        hits = [path for name in names_in(ground.task.text) for path, _ in project.index.definitions(name)]
    return list(dict.fromkeys(hits))


def _named(ground: Ground, paths: Sequence[str], *, whole: bool = True) -> Lines:
    """Lines of the functions and classes in these files that the task names; where none is, the `whole` file."""
    words = identifiers(ground.task.text)
    found: Lines = {}
    for path in paths:
        source = _text(ground, path)
        spans = [range(node.lineno, _last(node) + 1) for node in _definitions(source) if node.name in words]
        everything = range(1, len(source.splitlines()) + 1) if whole else range(0)
        found[path] = frozenset(line for span in spans for line in span) or everything
    return found


def _run_by(ground: Ground, progress: Progress, understood: Understood, change: Change, ids: Sequence[str]) -> Lines:
    with ground.tree.lay(change) as tree:
        limit = ground.settings.test_timeout
        contexts = understood.runner.record(tree, ids, timeout=limit, stop=progress.stop)
    progress.stop.check()
    found: dict[str, set[int]] = {}
    for id in ids:
        for path, lines in (contexts.lines.get(id, {}) if contexts is not None else {}).items():
            found.setdefault(path, set()).update(lines if _is_code(path) else ())
    return {path: lines for path, lines in found.items() if lines}


# Versions of it


def _versions(ground: Ground, about: Lines) -> list[Version]:
    """Wrong versions of these lines, evenly spread over them."""
    found: list[Version] = []
    for path, lines in sorted(about.items()):
        source = _text(ground, path)
        wanted = set(lines) - set(_not_run_by_tests(source))
        found += [Version(path, line, text) for line, text in mutants(source, wanted, PER_LINE)]
    found.sort(key=lambda version: (version.path, version.line))
    step = max(1.0, len(found) / MOST_VERSIONS)
    return [found[int(place * step)] for place in range(min(MOST_VERSIONS, len(found)))]


def _not_run_by_tests(source: str) -> Iterator[int]:
    """Lines below `if __name__ == "__main__":` and `if TYPE_CHECKING:`."""
    for node in _parsed(source).body:
        if isinstance(node, ast.If) and {"__name__", "TYPE_CHECKING"} & {*identifiers(ast.unparse(node.test))}:
            yield from range(node.lineno, _last(node) + 1)


def _told(ground: Ground, version: Version) -> str:
    before, after = (
        text.splitlines()[version.line - 1].strip() for text in (_text(ground, version.path), version.text)
    )
    return f"{version.path}:{version.line} `{before}` as `{after}`"


def _definitions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(_parsed(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _text(ground: Ground, path: str) -> str:
    return (read_base(ground, path) or b"").decode("utf-8", "replace")


def _listed(paths: Collection[str]) -> str:
    shown = list(paths)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more files" if len(shown) > 3 else "")
