"""Choices to learn from: a function with a bug, edits that the search would try there, and the one that mends it.

The edits and their costs are those of the search itself, so that what is learnt is what its own prior does not know.
"""

from __future__ import annotations

import ast
import os
import random
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context

from autogpt.models.forms import Window, window_of
from autogpt.models.ranker import local_change, prompt_tokens, question
from autogpt.models.trie import Trie
from autogpt.models.wordpieces import WordPieces
from autogpt.search.edit import Edit, apply_edit
from autogpt.search.generate import FileSpace
from autogpt.search.ranker import RANKED
from autogpt.search.space import Source
from autogpt.training.bugs import BugFix

CHEAPEST, OTHERS = 10, 10
"""Edits of the statement with the bug: so many of the cheapest, and so many of those after them."""
ELSEWHERE, EACH = 2, 8
"""Other statements of the function, and edits of each."""
LEAST = 4
"""Edits without which there is nothing to choose from."""
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
class Offer:
    """Edits of a function with a bug: of each statement by the wrong lines, cheapest first, and some of others."""

    source: Source
    near: list[list[Edit]]
    far: list[Edit]


def offered(bug: BugFix, dice: random.Random, elsewhere: int = ELSEWHERE) -> Offer:
    """Raises `SyntaxError` for code that does not parse."""
    source = Source("bug.py", bug.code)
    space = FileSpace(source, _hints(bug.evidence))
    lines = sorted({node.lineno for node in ast.walk(source.tree) if isinstance(node, ast.stmt)})
    near = [line for line in lines if bug.fix.first <= line <= bug.fix.first + bug.fix.old.count("\n") + 1]
    others = [line for line in lines if line not in near]
    far: list[Edit] = []
    for line in dice.sample(others, min(len(others), elsewhere)):
        some = list(islice(space.edits(line), RANKED))
        far += dice.sample(some, min(len(some), EACH))
    return Offer(source, [list(islice(space.edits(line), RANKED)) for line in near], far)


def choice_of(bug: BugFix, words: WordPieces, most: int, dice: random.Random) -> Choice | None:
    """None where the search does not make the right edit among the first of its statement, or all is too long.
    `most` is in tokens, of the prompt and of the whole each."""
    goal = shape(bug.right)
    offer = offered(bug, dice)
    for some in offer.near:
        for edit in some:
            if shape(edited(bug, edit)) == goal:
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
    return _asked(offer.source, bug, edits, right, words, most)


def edited(bug: BugFix, edit: Edit) -> str:
    return apply_edit(edit, {"bug.py": bug.code})["bug.py"]


def _asked(source: Source, bug: BugFix, edits: list[Edit], right: Edit, words: WordPieces, most: int) -> Choice | None:
    trie, costs, kinds, found = Trie(), list[float](), list[str](), -1
    windows: dict[int, tuple[Window, int]] = {}
    for edit in edits:
        change = local_change(source, edit)
        if change is None:
            continue
        line, old, new = change
        if line not in windows:
            window = window_of(bug.code, source.tree, line)
            prompt = prompt_tokens(words, window.cut(bug.code), bug.evidence, most)
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
    bugs: Sequence[BugFix], words: WordPieces, most: int, dice: random.Random
) -> Iterator[tuple[BugFix, Choice | None]]:
    """A choice of each bug, in their order; of many on all processors."""
    seeds = [dice.getrandbits(32) for _ in bugs]
    one = partial(_seeded_choice, words=words, most=most)
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(bugs) < MANY or processes == 1:
        yield from zip(bugs, map(one, bugs, seeds), strict=True)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from zip(bugs, pool.map(one, bugs, seeds, chunksize=50), strict=True)


def _seeded_choice(bug: BugFix, seed: int, words: WordPieces, most: int) -> Choice | None:
    try:
        return choice_of(bug, words, most, random.Random(seed))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _hints(evidence: str) -> frozenset[str]:
    """Names in the failing line, as the search takes them from frames."""
    line = evidence.partition("\n")[0]
    return frozenset(re.findall(r"[A-Za-z_]\w{2,}", line)) - {"assert", "not", "True", "False", "None"}


def shape(code: str) -> str:
    """Code without spaces, with one kind of quotes."""
    return "".join(code.split()).replace('"', "'")
