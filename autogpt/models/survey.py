"""Where a task begins in the project, and what of the project map is near: seeds, ranks, definitions worth naming."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autogpt import journal
from autogpt.context.index import Index
from autogpt.context.ranking import by_names, by_words, key_definitions, neighbours, rank
from autogpt.context.syntax import Definition
from autogpt.errors import UsageError
from autogpt.models.base import Brief
from autogpt.models.evidence import files_in
from autogpt.models.references import references
from autogpt.models.tree import Tree

NEAR = 6
"""Files by whose definitions one of another language than Python is explained."""
LONGEST_SHOWN = 250
"""Lines of a definition that is shown whole out of a long file; of a longer one its beginning."""
BEGINNING = 30
MOST_USES = 20
"""Uses of a name that are listed; one with more is asked for."""
NAMED_HEADS = 12
"""Definitions of a file in the map."""
MAPPED = 40
"""Files in the map."""
RECENT_SECONDS = 3600.0
RECENT = 5
CHECKOUT = 20
"""So many files of the same hour were written by a checkout, not by a person."""


@dataclass(frozen=True, slots=True)
class Survey:
    """`begins` are files that the task is about, most of all first; `names` are names in code that it mentions, `words`
    those that might be."""

    begins: tuple[str, ...]
    names: frozenset[str]
    words: frozenset[str] = frozenset()


def survey(brief: Brief, tree: Tree, index: Index) -> Survey:
    """Target, comments, the proposal that is refined, tracebacks, goal tests, what the task names, open files."""
    task = brief.task
    target = (task.target.path,) if task.target else ()
    commented = tuple(comment.path for comment in task.comments if comment.path)
    traced = tuple(path for path in files_in(brief.baseline, brief.goal) if tree.read_bytes(path) is not None)
    tests = tuple(dict.fromkeys(id.partition("::")[0] for id in brief.goal))
    dotted = {word.rpartition(".")[2] for word in _dotted_in(task.text) if index.definitions(word)}
    names = frozenset({*names_in(task.text), *dotted})
    named = (*paths_in(task.text, tree), *by_names(index, sorted(names)))
    begins = dict.fromkeys((*target, *commented, *_proposed(brief), *traced, *tests, *named))
    return Survey(tuple(begins), names, frozenset(re.findall(r"[a-z]{4,}", task.text)))


def _dotted_in(text: str) -> list[str]:
    """Words like `Table.upsert`, which may be names in code, whatever their letters."""
    return re.findall(r"(?<![\w./])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?![\w/])", text)


def names_in(text: str) -> Iterator[str]:
    """Words of a task that are names in code rather than prose."""
    for word in dict.fromkeys(re.findall(r"[\w./-]*\w", text)):
        for part in re.split(r"[./]", word):
            shaped = "_" in part or (part != part.lower() and part != part.capitalize()) or f"`{part}" in text
            if len(part) > 1 and part.isidentifier() and (shaped or f"{part}(" in text):
                yield part


def paths_in(text: str, tree: Tree) -> Iterator[str]:
    """Files that a text names by path, by name, or as the module that they are."""
    said = set(re.findall(r"[\w./-]*\w", text))
    parts = [word.split(".") for word in said if "." in word and "/" not in word]
    dotted = {"/".join(part[:count]) for part in parts for count in range(2, len(part) + 1)}  # modules, as imported
    modules = {f"{module}{end}" for module in dotted for end in (".py", "/__init__.py")}
    for path in tree.paths():
        if path in said or PurePosixPath(path).name in said or any(f"/{path}".endswith(f"/{one}") for one in modules):
            yield path


def _proposed(brief: Brief) -> tuple[str, ...]:
    """Files of the proposal that a `refine` continues."""
    if not brief.task.parent:
        return ()
    try:
        folder = journal.find_run(Path(brief.task.workspace), brief.task.parent)
    except UsageError:
        return ()
    return tuple(stat.path for stat in journal.state_of(folder).files)


def near(path: str, index: Index) -> tuple[str, ...]:
    """Files that define what a file uses, the most used first."""
    if path not in index.files:
        return ()
    edges = neighbours(index, path)
    forward = {other for name in index.files[path].names for other in index.definers.get(name, ())}
    return tuple(sorted((other for other in edges if other in forward), key=lambda other: (-edges[other], other)))[
        :NEAR
    ]


def ranked(brief: Brief, found: Survey, index: Index) -> list[str]:
    """All files that anything leads to, nearest first: from where the task begins, its words, what is being edited."""
    seeds = {path: 1.0 / (1 + place) for place, path in enumerate(found.begins)}
    weak = by_words(index, brief.task.text) if brief.task.text else {}
    for path, weight in weak.items():
        seeds[path] = seeds.get(path, 0.0) + 0.3 * weight
    for path in (*(unsaved.path for unsaved in brief.task.unsaved), *_recent(brief, index)):
        seeds[path] = seeds.get(path, 0.0) + 0.2
    return list(rank(index, seeds))


def _recent(brief: Brief, index: Index) -> Sequence[str]:
    """What the person edited last; nothing where the whole folder is that young."""
    workspace, now = Path(brief.task.workspace), time.time()
    ages: list[tuple[float, str]] = []
    for path in index.files:
        try:
            age = now - (workspace / path).stat().st_mtime
        except OSError:
            continue
        if age < RECENT_SECONDS:
            ages.append((age, path))
            if len(ages) > CHECKOUT:
                return ()
    return [path for _, path in sorted(ages)[:RECENT]]


def wanted_names(paths: Iterable[str], found: Survey, index: Index) -> frozenset[str]:
    """Names that these files use or the task mentions: definitions of them are worth showing."""
    used = (index.files[path].names for path in paths if path in index.files)
    return found.names.union(*used)


def spans(path: str, found: Survey, index: Index) -> list[tuple[int, int]]:
    """First and last lines (from 1) in a file that is too long: the definitions that the task names, else those that
    its words name, else those that others use. Of a long one the beginning."""
    definitions = index.files[path].definitions if path in index.files else ()
    others = [one for one in found.begins if one != path]
    for names in (found.names, found.words, wanted_names(others, Survey((), frozenset()), index)):
        hits = [one for one in definitions if one.simple in names]
        if hits:
            return [(one.first - 2, _end(one) + 2) for one in hits]
    return []


def _end(one: Definition) -> int:
    return one.last if one.last - one.first <= LONGEST_SHOWN else one.first + BEGINNING


def uses(found: Survey, index: Index, tree: Tree) -> str:
    """Where the names in code that the task mentions are used, a few lines for each; "" for names of common use."""
    parts: list[str] = []
    for name in sorted(found.names):
        hits = references(name, index, tree) if name in index.definers else []
        if 0 < len(hits) <= MOST_USES:
            parts += [f"{name} is used in", *(f"  {hit}" for hit in hits)]
    return "\n".join(parts)


def render(paths: Sequence[str], names: frozenset[str], index: Index, room: int) -> str:
    """Files with the heads of their main definitions, as many as `room` characters hold."""
    parts: list[str] = []
    for path in paths[:MAPPED]:
        heads = _heads(path, names, index)
        part = "\n".join([path, *heads])
        room -= len(part) + 1
        if room < 0:
            break
        if heads:
            parts.append(part)
    return "\n".join(parts)


def _heads(path: str, names: frozenset[str], index: Index) -> list[str]:
    """Main definitions under the classes that they are in, each head once; no private constants."""
    chosen = {one.name for one in key_definitions(index, path, names, NAMED_HEADS)}
    chosen |= {name[:place] for name in chosen for place, letter in enumerate(name) if letter == "."}
    shown = (
        f"  {'  ' * one.name.count('.')}{one.head}"
        for one in index.files[path].definitions
        if one.name in chosen and not (one.head.startswith("_") and one.head.startswith(one.name))
    )
    return list(dict.fromkeys(shown))
