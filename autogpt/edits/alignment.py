"""SEARCH along the lines of a file: which line stands for which, and what is missing, invented or in another order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from autogpt.edits.lines import Line, alike, key_of, read_line

AS_REPLACED = 0.95
"""The grade of a line of the file that REPLACE has in the place of the search line."""
_WRITTEN_SO = 0.001
"""What the same indentation counts, so that it decides between lines that are equal otherwise."""
_ROW_GAP = 0.6
_MOVED = 0.2
"""What a search line costs that has no place, and one that is near in another order."""
_OTHER = 0.1
"""What a search line costs in the place of a wholly different one, which does not count as its pair."""
_FILE_GAP = 0.3
_EXPECTED = 0.05
"""What a line of the file costs that SEARCH leaves out, and one that REPLACE has in the place of others."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of SEARCH: `instead` are the keys of what REPLACE has in its place, `stays` that REPLACE keeps it."""

    text: str
    key: str
    weight: float
    stays: bool = True
    instead: frozenset[str] = frozenset()

    @property
    def is_telling(self) -> bool:
        """Whether there is text on it."""
        return self.weight >= 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """`pairs[i]` is the zero-based file line of search line `i`, or None for one that the file does not have."""

    start: int
    stop: int
    pairs: tuple[int | None, ...]
    score: float
    grades: tuple[float, ...] = ()


def rows_of(search: Sequence[str], new: Sequence[str]) -> list[Row]:
    """The lines of SEARCH with what REPLACE makes of each."""
    old, fresh = [read_line(text) for text in search], [key_of(text) for text in new]
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, [line.key for line in old], fresh, autojunk=False).get_opcodes():
        instead = frozenset(filter(None, fresh[j1:j2])) if tag == "replace" else frozenset[str]()
        rows += [Row(line.text, line.key, line.weight, tag == "equal", instead) for line in old[i1:i2]]
    return rows


def align(window: Sequence[Line], needle: Sequence[Row], start: int, *, diagonal: int, slack: int) -> Match | None:
    """The best alignment of all search lines within a window: dynamic programming in a band around a diagonal."""
    rows, columns = len(needle), len(window)
    lowest, present = float("-inf"), {line.key for line in window}
    asked, expected = {line.key for line in needle}, frozenset[str]().union(*(line.instead for line in needle))
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
                value = max(value, row[j - 1] - _left_out(other, expected))
            row[j] = value
    end = max(range(columns + 1), key=lambda j: best[rows][j])
    return _traced(best, window, needle, start, end=end) if best[rows][end] > 0 else None


def _traced(
    best: Sequence[Sequence[float]], window: Sequence[Line], needle: Sequence[Row], start: int, *, end: int
) -> Match | None:
    pairs: list[int | None] = [None] * len(needle)
    grades = [0.0] * len(needle)
    present, asked = {line.key for line in window}, {line.key for line in needle}
    expected = frozenset[str]().union(*(line.instead for line in needle))
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
            if _near(best[i][j], best[i][j - 1] - _left_out(other, expected)):
                j -= 1
                continue
        i -= 1
    score = best[-1][end] / sum(line.weight for line in needle)
    known = [pair for pair in pairs if pair is not None]
    return Match(known[0], known[-1] + 1, tuple(pairs), score, tuple(grades)) if known else None


def _grade(line: Row, other: Line, present: Collection[str], asked: Collection[str]) -> float:
    """A line that is there, in another order, is not taken for a misremembered other one; nor the other way round."""
    if line.key == other.key:
        return 1.0
    if line.key in present:
        return 0.0
    if other.key in line.instead:
        return AS_REPLACED
    return 0.0 if other.key in asked else alike(line.key, other.key)


def _paired(line: Row, other: Line, grade: float) -> float:
    """What a search line is worth in the place of a line of the file; a blank one never stands for text."""
    if grade:
        return grade * line.weight + (_WRITTEN_SO if line.text == other.text else 0.0)
    return -_OTHER * line.weight if line.key and other.key else float("-inf")


def _left_out(other: Line, expected: Collection[str]) -> float:
    return (_EXPECTED if other.key in expected else _FILE_GAP) * other.weight


def _skipped(line: Row, present: Collection[str]) -> float:
    return (_MOVED if line.key in present else _ROW_GAP) * line.weight


def _near(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9
