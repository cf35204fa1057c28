"""Choices to learn from: a function with a bug, edits that the search would try there, and the one that mends it.

The edits and their costs are those of the search itself, so that what is learnt is what its own prior does not know.
"""

from __future__ import annotations

import ast
import os
import random
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

from autogpt.models.forms import Window, window_of
from autogpt.models.ranker import local_change, prompt_tokens, question
from autogpt.models.trie import Trie
from autogpt.models.wordpieces import WordPieces
from autogpt.search.edit import Edit, apply_edit
from autogpt.search.generate import FileSpace
from autogpt.search.ranker import RANKED
from autogpt.search.space import Source
from autogpt.training.bugs import BugFix
from autogpt.training.files import read_lines
from autogpt.training.harvest import CodeFile

CHEAPEST, OTHERS = 10, 10
"""Edits of the statement with the bug: so many of the cheapest, and so many of those after them."""
ELSEWHERE, EACH = 2, 8
"""Other statements of the function, and edits of each."""
LEAST = 4
"""Edits without which there is nothing to choose from."""
MOST_FILE = 60_000
"""Characters of a file that a bug is put back into; in a longer one it stands alone."""
MANY = 2_000
"""Bugs from which on it pays to start processes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`ends[right]` is the question whose answer is yes; `costs` are the search's, in nats, `kinds` its operators."""

    tokens: list[int]
    parents: list[int]
    ends: list[int]
    costs: list[float]
    kinds: list[str]
    right: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A bug where it is: in the file that its function is of, or alone."""

    source: Source
    line: int
    """Of the function's beginning, from 0."""
    start: int
    end: int
    """The function's characters."""
    right: str
    """The shape of the function without the bug."""

    def is_mended(self, edit: Edit) -> bool:
        """Whether an edit brings the right function back."""
        if edit.parts or not self.start <= edit.start <= edit.end <= self.end:
            return False
        text = self.source.text
        return shape(text[self.start : edit.start] + edit.text + text[edit.end : self.end]) == self.right


def put_back(bug: BugFix, files: Mapping[str, str]) -> Whole:
    """The bug in its file, as the search meets it: what else is in the file is what names are mistaken for."""
    text = files.get(bug.file, "")
    lines = text.splitlines(keepends=True)
    count = bug.right.count("\n")
    if not lines or len(text) > MOST_FILE or bug.line + count > len(lines):
        return Whole(Source("bug.py", bug.code), 0, 0, len(bug.code), shape(bug.right))
    first = lines[bug.line]
    own = textwrap.indent(bug.code, first[: len(first) - len(first.lstrip())])
    before = "".join(lines[: bug.line])
    whole = before + own + "".join(lines[bug.line + count :])
    return Whole(Source("bug.py", whole), bug.line, len(before), len(before) + len(own), shape(bug.right))


@dataclass(frozen=True, slots=True)
class Offer:
    """Edits of a function with a bug: of each statement by the wrong lines, cheapest first, and some of others."""

    whole: Whole
    near: list[list[Edit]]
    far: list[Edit]

    @property
    def source(self) -> Source:
        return self.whole.source


def offered(
    bug: BugFix, dice: random.Random, elsewhere: int = ELSEWHERE, files: Mapping[str, str] = MappingProxyType({})
) -> Offer:
    """Raises `SyntaxError` for code that does not parse."""
    whole = put_back(bug, files)
    space = FileSpace(whole.source, _hints(bug.evidence))
    first, last = whole.line + 1, whole.line + bug.code.count("\n")
    stmts = (node for node in ast.walk(whole.source.tree) if isinstance(node, ast.stmt))
    lines = sorted({node.lineno for node in stmts if first <= node.lineno <= last})
    wrong = whole.line + bug.fix.first
    near = [line for line in lines if wrong <= line <= wrong + bug.fix.old.count("\n") + 1]
    others = [line for line in lines if line not in near]
    far: list[Edit] = []
    for line in dice.sample(others, min(len(others), elsewhere)):
        some = list(islice(space.edits(line), RANKED))
        far += dice.sample(some, min(len(some), EACH))
    return Offer(whole, [list(islice(space.edits(line), RANKED)) for line in near], far)


def choice_of(
    bug: BugFix,
    words: WordPieces,
    most: int,
    dice: random.Random,
    files: Mapping[str, str] = MappingProxyType({}),
) -> Choice | None:
    """None where the search does not make the right edit among the first of its statement, or all is too long.
    `most` is in tokens, of the prompt and of the whole each."""
    offer = offered(bug, dice, files=files)
    for some in offer.near:
        for edit in some:
            if offer.whole.is_mended(edit):
                whole = chosen(bug, offer, some, edit, words, most, dice)
                # Other statements of a long function are each seen through another window: too much for one choice.
                return whole or chosen(bug, replace(offer, far=[]), some, edit, words, most, dice)
    return None


def chosen(
    bug: BugFix, offer: Offer, statement: list[Edit], right: Edit, words: WordPieces, most: int, dice: random.Random
) -> Choice | None:
    """The choice in which an edit of a statement is right, among some of its other edits and those of others."""
    rest = statement[CHEAPEST:]
    kept = [*statement[:CHEAPEST], *dice.sample(rest, min(len(rest), OTHERS))]
    edits = [*(kept if right in kept else [*kept, right]), *offer.far]
    return _asked(offer.source, bug.evidence, edits, right, words, most)


def edited(bug: BugFix, edit: Edit) -> str:
    """The function, which stands alone, with an edit made."""
    return apply_edit(edit, {"bug.py": bug.code})["bug.py"]


def _asked(
    source: Source, evidence: str, edits: list[Edit], right: Edit, words: WordPieces, most: int
) -> Choice | None:
    trie, costs, kinds, found = Trie(), list[float](), list[str](), -1
    windows: dict[int, tuple[Window, int]] = {}
    for edit in edits:
        change = local_change(source, edit)
        if change is None:
            continue
        line, old, new = change
        if line not in windows:
            window = window_of(source.text, source.tree, line)
            prompt = prompt_tokens(words, window.cut(source.text), evidence, most)
            windows[line] = window, trie.grow(prompt)
        window, start = windows[line]
        asked = question(words, window.dedented(old), window.dedented(new))
        if asked is None:
            continue
        if edit == right:
            found = len(costs)
        trie.end(asked, start)
        costs.append(edit.cost)
        kinds.append(edit.kind)
    if found < 0 or len(costs) < LEAST or len(trie.tokens) > 2 * most:
        return None
    return Choice(trie.tokens, trie.parents, trie.ends, costs, kinds, found)


def choices(
    bugs: Sequence[BugFix], words: WordPieces, most: int, dice: random.Random, files: Path | None = None
) -> Iterator[tuple[BugFix, Choice | None]]:
    """A choice of each bug, in their order; of many on all processors. `files` has what the bugs are put back into."""
    seeds = [dice.getrandbits(32) for _ in bugs]
    one = partial(_seeded_choice, words=words, most=most)
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(bugs) < MANY or processes == 1:
        _open_files(files)
        yield from zip(bugs, map(one, bugs, seeds), strict=True)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _open_files, (files,)) as pool:
        yield from zip(bugs, pool.map(one, bugs, seeds, chunksize=50), strict=True)


_files: dict[str, str] = {}
"""Texts by name, read once for a process rather than sent with each bug."""


def _open_files(path: Path | None) -> None:
    _files.clear()
    if path is not None:
        _files.update((one.name, one.text) for one in read_lines(path, CodeFile))


def _seeded_choice(bug: BugFix, seed: int, words: WordPieces, most: int) -> Choice | None:
    try:
        return choice_of(bug, words, most, random.Random(seed), _files)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _hints(evidence: str) -> frozenset[str]:
    """Names in the failing line, as the search takes them from frames."""
    line = evidence.partition("\n")[0]
    return frozenset(re.findall(r"[A-Za-z_]\w{2,}", line)) - {"assert", "not", "True", "False", "None"}


def shape(code: str) -> str:
    """Code without spaces, with one kind of quotes."""
    return "".join(code.split()).replace('"', "'")
