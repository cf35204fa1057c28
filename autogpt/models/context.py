"""Which code a prompt shows: what target, failing tests, tracebacks and task lead to, within a budget.

Files come out in the order of their paths, so that two prompts over the same files begin alike and a server's cache of
the prefix is hit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autogpt import journal
from autogpt.errors import UsageError
from autogpt.feedback.integrity import is_test_path
from autogpt.models.base import Brief
from autogpt.models.evidence import files_in
from autogpt.models.tree import Tree

LISTED = 300
"""Files in the listing; a larger project is listed by folder."""
IMPORTS = 2
"""From a test to what it imports, and from there to what that imports."""
AROUND = 30
"""Lines shown before and after a place of interest in a file too long to show."""
FALLBACK = 8
"""Files shown by their words alone; more would be guessing."""
SOURCES = frozenset(
    [
        ".py",
        ".pyi",
        ".js",
        ".jsx",
        ".ts",
        ".tsx",
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
    ]
)
COMMON = frozenset(["that", "this", "with", "from", "into", "make", "function", "method", "class", "should", "return"])
SCANNED = 3_000
"""Files looked through for the names that a task mentions."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file in a prompt; `note` says when it is not the whole of it."""

    path: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    listing: str
    files: tuple[Shown, ...]


def gather(brief: Brief, tree: Tree, budget: int) -> Context:
    """At most `budget` characters of code. The most relevant files come first into the budget."""
    shown: list[Shown] = []
    left = budget
    lines = _places(brief)
    for path in _ranked(brief, tree):
        text = tree.text(path)
        if text is None:
            continue
        one = _fit(path, text, min(left, max(budget // 2, left // 2)), sorted(lines.get(path, ())))
        if one is not None:
            shown.append(one)
            left -= len(one.text)
    if not any(_is_source(one.path) for one in shown):
        shown += _by_words(brief.task.text, tree, left // 2, {one.path for one in shown})
    return Context(listing(tree), tuple(sorted(shown, key=lambda one: one.path)))


def _ranked(brief: Brief, tree: Tree) -> Iterable[str]:
    """Paths by relevance, each once."""
    traced = files_in(brief.baseline, brief.goal)
    tests = tuple(dict.fromkeys(id.partition("::")[0] for id in brief.goal))
    target = (brief.task.target.path,) if brief.task.target else ()
    commented = tuple(comment.path for comment in brief.task.comments if comment.path)
    named = _named_in(brief.task.text, tree)
    seeds = (*target, *commented, *_proposed(brief), *traced, *tests, *named)
    found: dict[str, None] = dict.fromkeys(seeds)
    for _ in range(IMPORTS):
        for path in tuple(found):
            found.update(dict.fromkeys(imported(path, tree)))
    return list(found)


def _proposed(brief: Brief) -> tuple[str, ...]:
    """Files of the proposal that a `refine` continues."""
    if not brief.task.parent:
        return ()
    try:
        folder = journal.find_run(Path(brief.task.workspace), brief.task.parent)
    except UsageError:
        return ()
    return tuple(stat.path for stat in journal.state_of(folder).files)


def _is_source(path: str) -> bool:
    return PurePosixPath(path).suffix in SOURCES and not is_test_path(path)


def _by_words(task: str, tree: Tree, room: int, known: set[str]) -> list[Shown]:
    """Where nothing leads to a file: those that share most words with the task, in a small project all that fit."""
    words = {word for word in re.findall(r"[a-z]{4,}", task.lower()) if word not in COMMON}
    scored: list[tuple[int, int, str, str]] = []
    for path in list(tree.paths())[:SCANNED]:
        text = tree.text(path) if _is_source(path) and path not in known else None
        if text:
            low = f"{path}\n{text}".lower()
            scored.append((-sum(word in low for word in words), len(text), path, text))
    shown: list[Shown] = []
    for _, _, path, text in sorted(scored)[:FALLBACK]:
        one = _fit(path, text, room, ())
        if one is not None:
            shown.append(one)
            room -= len(one.text)
    return shown


def imported(path: str, tree: Tree) -> Iterator[str]:
    """Files of the project that a Python file imports."""
    text = tree.text(path) if path.endswith(".py") else None
    try:
        module = ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError):
        return
    folder = PurePosixPath(path).parent
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module_files(alias.name.split("."), folder, tree)
        elif isinstance(node, ast.ImportFrom):
            base = folder
            for _ in range(max(0, node.level - 1)):
                base = base.parent
            start = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _module_files([*start, alias.name], base, tree, relative=node.level > 0)
            yield from _module_files(start, base, tree, relative=node.level > 0)


def _module_files(parts: Sequence[str], folder: PurePosixPath, tree: Tree, *, relative: bool = False) -> Iterator[str]:
    roots = [folder] if relative else [PurePosixPath(), PurePosixPath("src"), folder]
    for root in roots:
        for name in (f"{'/'.join(parts)}.py", f"{'/'.join(parts)}/__init__.py") if parts else ():
            path = str(root / name)
            if ".." not in path and tree.read_bytes(path):
                yield path
                return


def _named_in(task: str, tree: Tree) -> Iterator[str]:
    """Files that the task names, then those that define a name it mentions."""
    words = set(re.findall(r"[\w./-]*\w", task))
    names = {part for word in words for part in re.split(r"[./]", word) if _is_code(part, task)}
    paths = list(tree.paths())
    yield from (path for path in paths if path in words or PurePosixPath(path).name in words)
    if not names:
        return
    pattern = re.compile(
        r"^\s*(?:export\s+|public\s+|async\s+)*(?:def|class|function|func|fn|struct|interface|type)\s+"
        rf"(?:\([^)]*\)\s*)?({'|'.join(map(re.escape, sorted(names)))})\b",
        re.MULTILINE,
    )
    for path in paths[:SCANNED]:
        text = tree.text(path)
        if text and pattern.search(text):
            yield path


def _is_code(word: str, task: str) -> bool:
    """Whether a word of the task is a name in code rather than prose."""
    shaped = "_" in word or (word != word.lower() and word != word.capitalize()) or f"`{word}" in task
    called = f"{word}(" in task
    return len(word) > 1 and word.isidentifier() and (shaped or called)


def _places(brief: Brief) -> dict[str, set[int]]:
    """Lines of interest by file, from 1."""
    places: dict[str, set[int]] = {}
    for id in brief.goal:
        outcome = brief.baseline.outcomes.get(id)
        for frame in outcome.frames if outcome else ():
            places.setdefault(frame.path, set()).add(frame.line)
    ranges = [(brief.task.target.path, brief.task.target.range)] if brief.task.target else []
    ranges += [(comment.path, comment.range) for comment in brief.task.comments]
    for path, range_ in ranges:
        if range_ is not None:
            places.setdefault(path, set()).update((range_.start.line + 1, range_.end.line + 1))
    return places


def _fit(path: str, text: str, room: int, lines: Sequence[int]) -> Shown | None:
    """The whole file, or the lines around the places of interest, or an outline; None when nothing fits."""
    if len(text) <= room:
        return Shown(path, text)
    if lines:
        part, note = excerpt(text, lines)
        if len(part) <= room:
            return Shown(path, part, note)
    names = outline(text)
    return Shown(path, names, "outline; read the file for its text") if names and len(names) <= room else None


def excerpt(text: str, lines: Sequence[int]) -> tuple[str, str]:
    """The text around some lines (from 1), and which lines these are."""
    whole = text.splitlines(keepends=True)
    wanted = sorted({n for line in lines for n in range(max(1, line - AROUND), min(len(whole), line + AROUND) + 1)})
    spans: list[list[int]] = []
    for number in wanted:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    note = "only lines " + ", ".join(f"{first}-{last}" for first, last in spans) + f" of {len(whole)}"
    return "\n".join("".join(whole[first - 1 : last]) for first, last in spans), note


_DEFINITION = re.compile(
    r"^[ \t]*(?:@\w[^\n]*\n[ \t]*)?(?:export |public |private |static |async |pub )*"
    r"(?:def|class|function|func|fn|struct|interface|impl|trait|enum|type)\b[^\n]*",
    re.MULTILINE,
)


def outline(text: str) -> str:
    """The lines that define classes and functions, as they are indented."""
    return "\n".join(found[0].rstrip().rstrip("{:").rstrip() for found in _DEFINITION.finditer(text))


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
