"""The lines around a place that belong to it: those that REPLACE has too and a SEARCH cut short lacks, which would be
doubled, and those that SEARCH has in another order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from autogpt.edits.alignment import Match
from autogpt.edits.lines import key_of, read_line
from autogpt.edits.matching import MOVED


def widen(
    lines: Sequence[str], match: Match, search: Sequence[str], new: Sequence[str]
) -> tuple[Match, list[str]] | str:
    """The place with the lines around it that belong to it, and SEARCH with those that it lacks.

    The sentence of a refusal when REPLACE repeats lines that say too little to be sure of it.
    """
    match = _over_moved(lines, match, search)
    keys, old = [key_of(line) for line in new], [key_of(line) for line in search]
    there = Counter(map(key_of, lines[match.start : match.stop]))
    held = _held(old, there)
    size = len(new)
    following = [key_of(line) for line in lines[match.stop : match.stop + size]]
    before = [key_of(line) for line in lines[max(0, match.start - size) : match.start]][::-1]
    closing = _closing(keys, following, old, held)
    after = _overlap(keys, following, old, held | there) or closing
    known = held | (there + Counter(following[:after]))
    ahead = _overlap(keys[::-1], before, old[::-1], known)
    start, stop = match.start - ahead, match.stop + after
    added = [*lines[start : match.start], *lines[match.stop : stop]]
    is_little = bool(added) and not closing and sum(read_line(line).weight for line in added) < 1
    mark = added[0].strip() if is_little else ""
    if not added:
        mark = _repeated_mark(keys, following, held) or _repeated_mark(keys[::-1], before, held)
    if mark:
        return f"REPLACE repeats `{mark}`, which is next to these lines; put it into SEARCH too, or not into REPLACE."
    pairs = (*range(start, match.start), *match.pairs, *range(match.stop, stop))
    grades = (*[1.0] * ahead, *match.grades, *[1.0] * after)
    text = [*lines[start : match.start], *search, *lines[match.stop : stop]]
    return Match(start, stop, pairs, match.score, grades), text


def _over_moved(lines: Sequence[str], match: Match, search: Sequence[str]) -> Match:
    """The place with the lines next to it that SEARCH has at that end too, but not in this order."""
    missing = [key_of(text) if pair is None else "" for pair, text in zip(match.pairs, search, strict=True)]
    first, last = set(missing[:MOVED]) - {""}, set(missing[-MOVED:]) - {""}
    start, stop = match.start, match.stop
    if start > 0 and key_of(lines[start - 1]) in first:
        start -= 1
    if stop < len(lines) and key_of(lines[stop]) in last:
        stop += 1
    return replace(match, start=start, stop=stop)


def _held(old: Sequence[str], there: Counter[str]) -> Counter[str]:
    """How often SEARCH has each line: one that the place has less often only as often as that, for the rest of them is
    a slip and stands for none that REPLACE has.
    """
    return Counter({key: min(count, there[key] or count) if key else count for key, count in Counter(old).items()})


def _overlap(new: Sequence[str], around: Sequence[str], old: Sequence[str], known: Counter[str]) -> int:
    """How many lines at the end of `new` are those that follow in the file, and are not the end of `old`: none where
    all of `new` is known to be there, so that what follows is by chance what comes before."""
    if Counter(new) <= known:
        return 0
    for size in range(min(len(around), len(new)), 0, -1):
        shared = list(around[:size])
        telling = any(read_line(line).weight >= 0.5 for line in shared)
        if telling and list(new[-size:]) == shared and list(old[-size:]) != shared:
            return size
    return 0


def _closing(new: Sequence[str], around: Sequence[str], old: Sequence[str], held: Counter[str]) -> int:
    """How many lines of closing brackets follow in the file that REPLACE ends with, and SEARCH needs to be balanced."""
    wanted, have = _depth(new), _depth(old)
    if wanted == have:
        return 0
    added = Counter(new) - held
    sizes = range(1, min(len(around), len(new)) + 1)
    ends = (n for n in sizes if list(new[-n:]) == list(around[:n]) and Counter(around[:n]) <= added)
    return next((n for n in ends if have + _depth(around[:n]) == wanted), 0)


def _repeated_mark(new: Sequence[str], around: Sequence[str], held: Counter[str]) -> str:
    """The line without words that REPLACE adds and the file has next: no bracket, but a `#` or a `*/`."""
    added = Counter(new) - held
    for size in range(1, min(len(around), len(new)) + 1):
        shared = around[:size]
        marks = [line for line in shared if line and read_line(line).weight < 0.5 and not set(line) & set("()[]{}")]
        if marks and list(new[-size:]) == list(shared) and Counter(shared) <= added:
            return marks[0]
    return ""


def _depth(lines: Sequence[str]) -> int:
    text = "".join(lines)
    return sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")
