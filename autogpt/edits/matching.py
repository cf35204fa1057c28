"""An edit's one right place: the global best match, high enough and clear of the second best, or none.

Exact lines first, then lines whose spelling and indentation are forgiven, then an alignment that also forgives
misremembered, forgotten and invented lines. A place is never taken because it comes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from autogpt.edits.lines import Line, alike, key_of, read_line

THRESHOLD = 0.75
RESEMBLING = 0.5
"""A place with a lower score is no candidate; it is shown at most."""
MARGIN = 0.1
DOMINANCE = 0.2
"""What lines that are exactly right in the best place alone must sum up to; a lead smaller than MARGIN counts then,
if no line speaks for the second."""
_ROW_GAP = 0.6
_MOVED = 0.2
_OTHER = 0.1
"""What a search line costs in the place of a wholly different one, which does not count as its pair."""
_FILE_GAP = 0.3
_DIAGONALS = 24
_CLOSE = 0.45
"""Offsets with this part of the best one's votes are all looked at: a forgotten line parts the votes of a place."""
_TOO_MANY = 400
"""With more of them the lines say too little, and looking at all of them would take long."""
_SOUGHT = 6
"""So many lines that occur nowhere, the longest, look for lines that resemble them."""
_COMMON = 200
"""A line that occurs more often than this says nothing about the place."""


@dataclass(frozen=True, slots=True)
class Match:
    """`pairs[i]` is the zero-based file line of search line `i`, or None for one that the file does not have."""

    start: int
    stop: int
    pairs: tuple[int | None, ...]
    score: float
    grades: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The place, or None with the sentence why not and the best candidates, best first."""

    match: Match | None
    problem: str = ""
    candidates: tuple[Match, ...] = ()
    contested: bool = False
    """Two places are as good as each other, and less of the search text must not decide between them."""


class Haystack:
    """The lines of a file with their keys, made once for several searches."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.keys = [key_of(line) for line in lines]

    def places(self, keys: Collection[str]) -> dict[str, list[int]]:
        """Where lines with these keys are."""
        places: dict[str, list[int]] = {key: [] for key in keys}
        for number, key in enumerate(self.keys):
            if key in places:
                places[key].append(number)
        return places


def find(haystack: Haystack, search: Sequence[str], low: int, high: int) -> Found:
    """Where `search` belongs within the file's lines `low` to `high` (exclusive)."""
    needle = [read_line(line) for line in search]
    if not any(line.key for line in needle):
        return Found(None, "SEARCH is empty; give the lines to replace, copied from the file.")
    at = haystack.places({line.key for line in needle})
    same = list(_runs(haystack, needle, at, low, high))
    exact = [match for match in same if _is_exact(haystack, needle, match)]
    if len(same) == 1 and (exact or _is_telling(needle)):
        return Found(same[0])
    if same:
        return Found(None, _ambiguous(same, exact), tuple(exact or same)[:5])
    offsets = _diagonals(haystack, needle, at, low, high)
    if len(offsets) > _TOO_MANY:
        return Found(None, "SEARCH is not in the file, and many places resemble it; send more.", contested=True)
    ranked = _rank(_alignments(haystack, needle, offsets, low, high))
    return _choose(ranked, needle)


def occurs_once(haystack: Haystack, search: Sequence[str]) -> bool:
    """Whether exactly these lines are found, so that they can serve as a SEARCH text."""
    needle = [read_line(line) for line in search]
    at = haystack.places({line.key for line in needle})
    same = list(_runs(haystack, needle, at, 0, len(haystack.lines)))
    return len(same) == 1 and _is_exact(haystack, needle, same[0])


def runs_of(haystack: Haystack, search: Sequence[str], low: int, high: int) -> list[Match]:
    """All places with these lines, whatever their indentation."""
    needle = [read_line(line) for line in search]
    if not any(line.key for line in needle):
        return []
    return list(_runs(haystack, needle, haystack.places({line.key for line in needle}), low, high))


_Places = Mapping[str, Sequence[int]]


def _runs(haystack: Haystack, needle: Sequence[Line], at: _Places, low: int, high: int) -> Iterator[Match]:
    """Windows whose lines all have the same key, whatever their indentation."""
    keys = [line.key for line in needle]
    size = len(keys)
    rarest = min(range(size), key=lambda index: len(at[keys[index]]))
    for position in at[keys[rarest]]:
        start = position - rarest
        if low <= start and start + size <= high and haystack.keys[start : start + size] == keys:
            yield Match(start, start + size, tuple(range(start, start + size)), 1.0, (1.0,) * size)


def _is_exact(haystack: Haystack, needle: Sequence[Line], match: Match) -> bool:
    return all(haystack.lines[match.start + i] == line.text for i, line in enumerate(needle))


def _is_telling(needle: Sequence[Line]) -> bool:
    """Whether the lines say enough to be recognised when they are not exactly those of the file."""
    return sum(line.weight for line in needle) >= 0.5


def _ambiguous(same: Sequence[Match], exact: Sequence[Match]) -> str:
    more = "add a line before or after it to SEARCH so that it occurs once, or name the symbol that it is in."
    if len(same) == 1:
        return f"SEARCH says too little to be sure of its place; {more}"
    if len(exact) == 1:
        return f"SEARCH occurs {len(same)} times when indentation is disregarded; {more}"
    return f"SEARCH occurs {len(same)} times; {more}"


def _alignments(
    haystack: Haystack, needle: Sequence[Line], offsets: Sequence[int], low: int, high: int
) -> Iterator[Match]:
    size = len(needle)
    slack = 2 + min(size // 4, 20)
    for offset in offsets:
        start, stop = max(low, offset - slack), min(high, offset + size + slack)
        if start < stop:
            window = [read_line(line) for line in haystack.lines[start:stop]]
            match = _align(window, needle, start, diagonal=offset - start, slack=slack)
            if match:
                yield match


def _diagonals(haystack: Haystack, needle: Sequence[Line], at: _Places, low: int, high: int) -> list[int]:
    """Offsets (file line minus search line) for which the most telling lines speak, best first."""
    votes: dict[int, float] = defaultdict(float)
    for row, line in enumerate(needle):
        if line.key and len(at[line.key]) <= _COMMON:
            for place in at[line.key]:
                votes[place - row] += line.weight
    unknown = [(row, line) for row, line in enumerate(needle) if line.weight >= 0.5 and not at[line.key]]
    for row, line in sorted(unknown, key=lambda pair: -len(pair[1].key))[:_SOUGHT]:
        for _, grade, place in process.extract(
            line.key, haystack.keys, scorer=Levenshtein.normalized_similarity, score_cutoff=0.6, limit=50
        ):
            votes[place - row] += grade / 2
    inside = [offset for offset in votes if low - len(needle) < offset < high]
    ranked = sorted(inside, key=lambda offset: -votes[offset])
    close = [offset for offset in ranked if votes[offset] >= _CLOSE * votes[ranked[0]]]
    return close if len(close) > _DIAGONALS else ranked[:_DIAGONALS]


def _align(window: Sequence[Line], needle: Sequence[Line], start: int, *, diagonal: int, slack: int) -> Match | None:
    """The best alignment of all search lines within a window: dynamic programming in a band around a diagonal."""
    rows, columns = len(needle), len(window)
    lowest, present = float("-inf"), {line.key for line in window}
    asked = {line.key for line in needle}
    best = [[lowest] * (columns + 1) for _ in range(rows + 1)]
    best[0] = [0.0] * (columns + 1)
    for i in range(1, rows + 1):
        row, above, line = best[i], best[i - 1], needle[i - 1]
        first, last = max(0, i - 1 + diagonal - 2 * slack), min(columns, i + diagonal + 2 * slack)
        for j in range(first, last + 1):
            value = above[j] - _skipped(line, present)
            if j:
                other = window[j - 1]
                grade = _grade(line, other, present, asked)
                value = max(value, above[j - 1] + _paired(line, other, grade))
                value = max(value, row[j - 1] - _FILE_GAP * other.weight)
            row[j] = value
    end = max(range(columns + 1), key=lambda j: best[rows][j])
    return _traced(best, window, needle, start, end=end) if best[rows][end] > 0 else None


def _traced(
    best: Sequence[Sequence[float]], window: Sequence[Line], needle: Sequence[Line], start: int, *, end: int
) -> Match | None:
    pairs: list[int | None] = [None] * len(needle)
    grades = [0.0] * len(needle)
    present, asked = {line.key for line in window}, {line.key for line in needle}
    i, j = len(needle), end
    while i:
        line = needle[i - 1]
        if j:
            other = window[j - 1]
            grade = _grade(line, other, present, asked)
            if _near(best[i][j], best[i - 1][j - 1] + _paired(line, other, grade)):
                pairs[i - 1], grades[i - 1] = (start + j - 1 if grade else None), grade
                i, j = i - 1, j - 1
                continue
            if _near(best[i][j], best[i][j - 1] - _FILE_GAP * other.weight):
                j -= 1
                continue
        i -= 1
    score = best[-1][end] / sum(line.weight for line in needle)
    known = [pair for pair in pairs if pair is not None]
    return Match(known[0], known[-1] + 1, tuple(pairs), score, tuple(grades)) if known else None


def _grade(line: Line, other: Line, present: Collection[str], asked: Collection[str]) -> float:
    """A line that is there, in another order, is not taken for a misremembered other one; nor the other way round."""
    if line.key in present or other.key in asked:
        return float(line.key == other.key)
    return alike(line.key, other.key)


def _paired(line: Line, other: Line, grade: float) -> float:
    """What a search line is worth in the place of a line of the file; a blank one never stands for text."""
    if grade:
        return grade * line.weight
    return -_OTHER * line.weight if line.key and other.key else float("-inf")


def _skipped(line: Line, present: Collection[str]) -> float:
    """What it costs to leave a search line out: less for one that is there, in another order."""
    return (_MOVED if line.key in present else _ROW_GAP) * line.weight


def _near(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9


def _rank(matches: Iterator[Match]) -> list[Match]:
    """Best first, those that share lines with a better one left out."""
    ranked: list[Match] = []
    for match in sorted(matches, key=lambda match: -match.score):
        if all(match.stop <= other.start or other.stop <= match.start for other in ranked):
            ranked.append(match)
    return ranked


def _choose(ranked: Sequence[Match], needle: Sequence[Line]) -> Found:
    if not ranked or ranked[0].score < RESEMBLING:
        near = [match for match in ranked[:2] if _has_exact_line(match, needle)]
        said = "SEARCH is not in the file; copy the lines to replace from the file as they are."
        return Found(None, said, tuple(near))
    best = ranked[0]
    if best.score < THRESHOLD or not _is_supported(best, needle):
        return Found(None, "SEARCH differs too much from the file; send the lines as they are.", tuple(ranked[:3]))
    if not all(_leads(best, other, needle) for other in ranked[1:]):
        problem = "SEARCH is not in the file, and more than one place resembles it; send the lines as they are."
        return Found(None, problem, tuple(ranked[:3]), contested=True)
    return Found(best)


def _is_supported(match: Match, needle: Sequence[Line]) -> bool:
    """At least two lines' worth of exact text, or one that is nearly exact when the search is a single line."""
    exact = sum(line.weight for line, grade in zip(needle, match.grades, strict=True) if grade == 1.0)
    return exact >= 1.5


def _has_exact_line(match: Match, needle: Sequence[Line]) -> bool:
    """Whether one line that says something is right: enough to show the place, not to edit it."""
    return any(line.weight >= 0.5 and grade == 1.0 for line, grade in zip(needle, match.grades, strict=True))


def _leads(best: Match, second: Match, needle: Sequence[Line]) -> bool:
    """Whether lines with text on them that are exactly right in one place and not in the other tell the two apart."""
    lines = list(zip(needle, best.grades, second.grades, strict=True))
    told = sum(line.weight * (one - other) for line, one, other in lines if one == 1.0 and line.weight >= 0.5)
    if told < DOMINANCE:
        return False
    return best.score - second.score >= MARGIN or all(one >= other for _, one, other in lines)
