"""An edit's one right place: the global best match, high enough and clear of the second best, or none.

Exact lines first, then lines whose spelling and indentation are forgiven, then an alignment that also forgives
misremembered, forgotten and invented lines. A place is never taken because it comes first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autogpt.edits.lines import Line, alike, read_line

THRESHOLD = 0.85
MARGIN = 0.1
DOMINANCE = 0.2
"""A lead smaller than MARGIN counts if no line speaks for the other place and the lines ahead sum up to this."""
_ROW_GAP = 0.6
_FILE_GAP = 0.3
_DIAGONALS = 24
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


class Haystack:
    """The lines of a file, indexed once for several searches."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines: list[Line] = [read_line(line) for line in lines]
        self.at: Mapping[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            self.at[line.key].append(number)


def find(haystack: Haystack, search: Sequence[str], low: int, high: int) -> Found:
    """Where `search` belongs within the file's lines `low` to `high` (exclusive)."""
    needle = [read_line(line) for line in search]
    if not any(line.key for line in needle):
        return Found(None, "SEARCH is empty; give the lines to replace, copied from the file.")
    same = list(_runs(haystack, needle, low, high))
    exact = [match for match in same if _is_exact(haystack, needle, match)]
    if len(same) == 1 and (exact or _is_telling(needle)):
        return Found(same[0])
    if same:
        return Found(None, _ambiguous(same, exact), tuple(exact or same)[:5])
    ranked = _rank(_alignments(haystack, needle, low, high))
    return _choose(ranked, needle)


def _runs(haystack: Haystack, needle: Sequence[Line], low: int, high: int) -> Iterator[Match]:
    """Windows whose lines all have the same key, whatever their indentation."""
    keys = [line.key for line in needle]
    rarest = min(range(len(keys)), key=lambda index: len(haystack.at.get(keys[index], ())))
    for position in haystack.at.get(keys[rarest], ()):
        start = position - rarest
        stop = start + len(keys)
        if low <= start and stop <= high and all(haystack.lines[start + i].key == key for i, key in enumerate(keys)):
            yield Match(start, stop, tuple(range(start, stop)), 1.0, (1.0,) * len(keys))


def _is_exact(haystack: Haystack, needle: Sequence[Line], match: Match) -> bool:
    return all(haystack.lines[match.start + i].text == line.text for i, line in enumerate(needle))


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


def _alignments(haystack: Haystack, needle: Sequence[Line], low: int, high: int) -> Iterator[Match]:
    size = len(needle)
    slack = 2 + min(size // 4, 20)
    for offset in _diagonals(haystack, needle, low, high):
        start, stop = max(low, offset - slack), min(high, offset + size + slack)
        if start < stop:
            match = _align(haystack.lines, needle, start, stop, diagonal=offset - start, slack=slack)
            if match:
                yield match


def _diagonals(haystack: Haystack, needle: Sequence[Line], low: int, high: int) -> list[int]:
    """Offsets (file line minus search line) for which the most telling lines speak, best first."""
    votes: Counter[int] = Counter()
    for row, line in enumerate(needle):
        places = [place for place in haystack.at.get(line.key, ()) if low <= place < high]
        if line.key and len(places) <= _COMMON:
            for place in places:
                votes[place - row] += line.weight  # type: ignore[assignment] - a Counter adds floats as well
    if len(votes) < _DIAGONALS and high - low <= 20_000:
        _vote_by_resemblance(haystack, needle, low, high, votes)
    return [offset for offset, _ in votes.most_common(_DIAGONALS)]


def _vote_by_resemblance(haystack: Haystack, needle: Sequence[Line], low: int, high: int, votes: Counter[int]) -> None:
    """Lines that occur nowhere exactly vote for the lines that resemble them."""
    unknown = [(row, line) for row, line in enumerate(needle) if line.weight >= 1 and line.key not in haystack.at]
    for row, line in sorted(unknown, key=lambda pair: -len(pair[1].key))[:6]:
        for place in range(low, high):
            other = haystack.lines[place].key
            if abs(len(other) - len(line.key)) * 2 <= len(line.key) and (grade := alike(line.key, other)):
                votes[place - row] += grade / 2  # type: ignore[assignment]


def _align(
    lines: Sequence[Line], needle: Sequence[Line], start: int, stop: int, *, diagonal: int, slack: int
) -> Match | None:
    """The best alignment of all search lines within a window: dynamic programming in a band around a diagonal."""
    rows, columns = len(needle), stop - start
    lowest = float("-inf")
    best = [[lowest] * (columns + 1) for _ in range(rows + 1)]
    best[0] = [0.0] * (columns + 1)
    for i in range(1, rows + 1):
        row, above, line = best[i], best[i - 1], needle[i - 1]
        first, last = max(0, i - 1 + diagonal - 2 * slack), min(columns, i + diagonal + 2 * slack)
        for j in range(first, last + 1):
            value = above[j] - _ROW_GAP * line.weight
            if j:
                other = lines[start + j - 1]
                grade = alike(line.key, other.key)
                if grade:
                    value = max(value, above[j - 1] + grade * line.weight)
                value = max(value, row[j - 1] - _FILE_GAP * other.weight)
            row[j] = value
    end = max(range(columns + 1), key=lambda j: best[rows][j])
    return _traced(best, lines, needle, start, end=end) if best[rows][end] > 0 else None


def _traced(
    best: Sequence[Sequence[float]], lines: Sequence[Line], needle: Sequence[Line], start: int, *, end: int
) -> Match | None:
    pairs: list[int | None] = [None] * len(needle)
    grades = [0.0] * len(needle)
    i, j = len(needle), end
    while i:
        line = needle[i - 1]
        if j:
            other = lines[start + j - 1]
            grade = alike(line.key, other.key)
            if grade and _near(best[i][j], best[i - 1][j - 1] + grade * line.weight):
                pairs[i - 1], grades[i - 1] = start + j - 1, grade
                i, j = i - 1, j - 1
                continue
            if _near(best[i][j], best[i][j - 1] - _FILE_GAP * other.weight):
                j -= 1
                continue
        i -= 1
    score = best[-1][end] / sum(line.weight for line in needle)
    known = [pair for pair in pairs if pair is not None]
    return Match(known[0], known[-1] + 1, tuple(pairs), score, tuple(grades)) if known else None


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
    if not ranked or ranked[0].score < 0.5:
        return Found(None, "SEARCH is not in the file; copy the lines to replace from the file as they are.")
    best = ranked[0]
    if best.score < THRESHOLD or not _is_supported(best, needle):
        return Found(None, "SEARCH differs too much from the file; send the lines as they are.", tuple(ranked[:3]))
    if len(ranked) > 1 and not _leads(best, ranked[1], needle):
        problem = "SEARCH is not in the file, and more than one place resembles it; send the lines as they are."
        return Found(None, problem, tuple(ranked[:3]))
    return Found(best)


def _is_supported(match: Match, needle: Sequence[Line]) -> bool:
    """At least two lines' worth of exact text, or one that is nearly exact when the search is a single line."""
    exact = sum(line.weight for line, grade in zip(needle, match.grades, strict=True) if grade == 1.0)
    return exact >= 1.5


def _leads(best: Match, second: Match, needle: Sequence[Line]) -> bool:
    if best.score - second.score >= MARGIN:
        return True
    leads = [line.weight * (one - other) for line, one, other in zip(needle, best.grades, second.grades, strict=True)]
    return all(lead >= 0 for lead in leads) and sum(leads) >= DOMINANCE
