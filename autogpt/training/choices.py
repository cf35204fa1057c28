"""Choices to learn from: a function with a bug, edits that the search would try there, and the one that mends it.

The edits and their costs are those of the search itself, so that what is learnt is what its own prior does not know.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

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


@dataclass(frozen=True, slots=True)
class Choice:
    """`ends[right]` is the question whose answer is yes; `costs` are the search's, in nats."""

    tokens: list[int]
    parents: list[int]
    ends: list[int]
    costs: list[float]
    right: int


def choice_of(bug: BugFix, words: WordPieces, most: int, dice: random.Random) -> Choice | None:
    """None where the search does not make the right edit among the first of its statement, or all is too long.
    `most` is in tokens, of the prompt and of the whole each."""
    source = Source("bug.py", bug.code)
    space = FileSpace(source, _hints(bug.evidence))
    lines = sorted({node.lineno for node in ast.walk(source.tree) if isinstance(node, ast.stmt)})
    near = [line for line in lines if bug.fix.first <= line <= bug.fix.first + bug.fix.old.count("\n") + 1]
    right, edits = _statement(space, near, bug, dice)
    if right is None:
        return None
    far = [line for line in lines if line not in near]
    for line in dice.sample(far, min(len(far), ELSEWHERE)):
        some = list(islice(space.edits(line), RANKED))
        edits += dice.sample(some, min(len(some), EACH))
    return _asked(source, bug, edits, right, words, most)


def _statement(space: FileSpace, lines: list[int], bug: BugFix, dice: random.Random) -> tuple[Edit | None, list[Edit]]:
    """The edit that mends the bug, and some of its statement with it."""
    goal = _shape(bug.right)
    for line in lines:
        some = list(islice(space.edits(line), RANKED))
        for edit in some:
            if _shape(apply_edit(edit, {"bug.py": bug.code})["bug.py"]) == goal:
                rest = some[CHEAPEST:]
                kept = [*some[:CHEAPEST], *dice.sample(rest, min(len(rest), OTHERS))]
                return edit, kept if edit in kept else [*kept, edit]
    return None, []


def _asked(source: Source, bug: BugFix, edits: list[Edit], right: Edit, words: WordPieces, most: int) -> Choice | None:
    trie, costs, found = Trie(), list[float](), -1
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
    if found < 0 or len(costs) < LEAST or len(trie.tokens) > 2 * most:
        return None
    return Choice(trie.tokens, trie.parents, trie.ends, costs, found)


def choices(
    bugs: Iterator[BugFix], words: WordPieces, most: int, dice: random.Random
) -> Iterator[tuple[BugFix, Choice | None]]:
    for bug in bugs:
        try:
            yield bug, choice_of(bug, words, most, dice)
        except (SyntaxError, ValueError, RecursionError):
            yield bug, None


def _hints(evidence: str) -> frozenset[str]:
    """Names in the failing line, as the search takes them from frames."""
    line = evidence.partition("\n")[0]
    return frozenset(re.findall(r"[A-Za-z_]\w{2,}", line)) - {"assert", "not", "True", "False", "None"}


def _shape(code: str) -> str:
    """Code without spaces, with one kind of quotes."""
    return "".join(code.split()).replace('"', "'")
