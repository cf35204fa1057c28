"""Which code a prompt shows: what target, failing tests, tracebacks and task lead to, within a budget; then a map.

Files come out in the order of their paths, so that two prompts over the same files begin alike and a server's cache of
the prefix is hit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autogpt.context.index import Index
from autogpt.context.languages import SUFFIXES
from autogpt.context.project import project_of
from autogpt.context.ranking import by_words
from autogpt.feedback.integrity import is_test_path
from autogpt.models import evidence
from autogpt.models.base import Brief
from autogpt.models.excerpts import excerpt, outlined
from autogpt.models.imports import imported
from autogpt.models.survey import Survey, near, ranked, render, spans, survey, uses, wanted_names
from autogpt.models.tree import Tree

LISTED = 300
"""Files in the listing; a larger project is listed by folder."""
MARGINS = (60, 30, 10)
"""Lines shown before and after a place of interest in a file too long to show, as many as there is room for: what a
definition calls is often near, and asking costs a round."""
USED = 2
"""From a test to what it uses, and from there to what that uses."""
FALLBACK = 8
"""Files shown by their words alone; more would be guessing."""
SOURCES = frozenset([*SUFFIXES, ".kt", ".cs", ".rb", ".php", ".swift", ".scala"])
COMMON = frozenset(["that", "this", "with", "from", "into", "make", "function", "method", "class", "should", "return"])
SCANNED = 1_000
"""Files whose text is looked through for the words of a task; in a larger project only their definitions are."""
MAP_SHARE = 8
"""The part of the budget that is kept for the map of what is not shown."""
LONGEST_MAP = 9_000
"""Characters of the map; beyond that it is no help."""


OUTLINE = "outline; read the file for its text"
"""The note of a file that is not shown as text."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file in a prompt; `note` says when it is not the whole of it."""

    path: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """`around` names files near the task that are not shown, with the heads of their definitions; `used` where the
    names are used that the task mentions."""

    listing: str
    files: tuple[Shown, ...]
    around: str = ""
    used: str = ""


def gather(brief: Brief, tree: Tree, budget: int, check: Callable[[], None] = lambda: None) -> Context:
    """At most `budget` characters of code. The most relevant files come first into the budget.

    `check` may raise while the project is read for the first time.
    """
    project = project_of(Path(brief.task.workspace))
    with project.lock:
        project.refresh(tree.signs(), tree.read_bytes, check)
        index = project.index
        found = survey(brief, tree, index)
        room = budget // MAP_SHARE if budget else 0
        shown = _shown(brief, tree, budget - room, found, index)
        if not any(_is_source(one.path) for one in shown):
            rest = budget - room - sum(len(one.text) for one in shown)
            shown += _by_words(brief.task.text, tree, rest // 2, {one.path for one in shown}, index, found)
        seen = {one.path for one in shown}
        rest = [path for path in ranked(brief, found, index) if path not in seen]
        around = render(rest, wanted_names(seen, found, index), index, min(room, LONGEST_MAP))
        used = uses(found, index, tree)
    return Context(listing(tree), tuple(sorted(shown, key=lambda one: one.path)), around, used)


def _shown(brief: Brief, tree: Tree, budget: int, found: Survey, index: Index) -> list[Shown]:
    """Where the task begins and what that uses, each whole if it fits, else around what matters of it."""
    shown: list[Shown] = []
    left, lines = budget, _places(brief)
    for path in _with_used(found.begins, tree, index):
        text = tree.text(path)
        if not text:
            continue
        places = [(line, line) for line in lines.get(path, ())] or spans(path, found, index)
        one = _fit(path, text, min(left, max(budget // 2, left // 2)), places)
        if one is not None:
            shown.append(one)
            left -= len(one.text)
    return shown


def _with_used(begins: Sequence[str], tree: Tree, index: Index) -> list[str]:
    """These files, then what they use, then what that uses, each once."""
    found: dict[str, None] = dict.fromkeys(begins)
    for _ in range(USED):
        for path in tuple(found):
            used = imported(path, tree)
            found.update(dict.fromkeys(near(path, index) if used is None else used))
    return list(found)


def _is_source(path: str) -> bool:
    return PurePosixPath(path).suffix in SOURCES and not is_test_path(path)


def _by_words(task: str, tree: Tree, room: int, known: set[str], index: Index, found: Survey) -> list[Shown]:
    """Where nothing leads to a file: those that share most words with the task, in a small project all that fit."""
    paths = [path for path in tree.paths() if _is_source(path) and path not in known]
    if len(paths) > SCANNED:
        paths = [path for path in by_words(index, task) if path in set(paths)]
    words = {word for word in re.findall(r"[a-z]{4,}", task.lower()) if word not in COMMON}
    scored: list[tuple[int, int, str, str]] = []
    for path in paths:
        text = tree.text(path)
        if text:
            low = f"{path}\n{text}".lower()
            scored.append((-sum(word in low for word in words), len(text), path, text))
    shown: list[Shown] = []
    for _, _, path, text in sorted(scored)[:FALLBACK]:
        one = _fit(path, text, room, spans(path, Survey((), found.names, found.words), index))
        if one is not None:
            shown.append(one)
            room -= len(one.text)
    return shown


def _places(brief: Brief) -> dict[str, set[int]]:
    """Lines of interest by file, from 1."""
    places: dict[str, set[int]] = {}
    for id in brief.goal:
        outcome = brief.baseline.outcomes.get(id)
        for path, line in evidence.places(outcome) if outcome else ():
            places.setdefault(path, set()).add(line)
    ranges = [(brief.task.target.path, brief.task.target.range)] if brief.task.target else []
    ranges += [(comment.path, comment.range) for comment in brief.task.comments]
    for path, range_ in ranges:
        if range_ is not None:
            places.setdefault(path, set()).update((range_.start.line + 1, range_.end.line + 1))
    return places


def _fit(path: str, text: str, room: int, lines: Sequence[tuple[int, int]]) -> Shown | None:
    """The whole file, or the lines around the places of interest, or an outline; None when nothing fits."""
    if len(text) <= room:
        return Shown(path, text)
    for margin in MARGINS if lines else ():
        part, note = excerpt(path, text, [(first - margin, last + margin) for first, last in lines])
        if len(part) <= room:
            return Shown(path, part, note)
    names = outlined(path, text)
    return Shown(path, names, OUTLINE) if names and len(names) <= room else None


def listing(tree: Tree) -> str:
    """The files of the project; for a large one its folders with the number of files."""
    paths = list(tree.paths())
    if len(paths) <= LISTED:
        return "\n".join(paths)
    folders: dict[str, int] = {}
    for path in paths:
        folder = str(PurePosixPath(path).parent)
        folders[folder] = folders.get(folder, 0) + 1
    lines = [f"{folder}/ ({count} files)" for folder, count in sorted(folders.items())[:LISTED]]
    return "\n".join(lines)
