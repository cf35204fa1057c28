"""An edit's one right place: the global best match, high enough and clear of the second best, or none.

Exact lines first, then lines whose spelling and indentation are forgiven, then an alignment that also forgives
misremembered, forgotten and invented lines. A place is never taken because it comes first. REPLACE speaks for a place
too: a line that it has where SEARCH has another may be the file's own, which only SEARCH remembers wrongly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from autogpt.edits.alignment import AS_REPLACED, Match, Row, align, rows_of
from autogpt.edits.lines import key_of, read_line

THRESHOLD = 0.75
RESEMBLING = 0.5
"""A place with a lower score is no candidate; it is shown at most."""
MARGIN = 0.1
DOMINANCE = 0.2
"""What lines that are exactly right in the best place alone must sum up to; a lead smaller than MARGIN counts then,
if no line speaks for the second."""
_SURE = 1.5
"""What exact lines must say, in full lines, for a place that resembles SEARCH as a whole."""
_SURE_ALONE = 1.0
"""The same where nothing in SEARCH speaks for another place, and the lines that change are exact."""
_DIAGONALS = 24
_CLOSE = 0.45
"""Offsets with this part of the best one's votes are all looked at: a forgotten line parts the votes of a place."""
_TOO_MANY = 400
"""With more of them the lines say too little, and looking at all of them would take long."""
_SOUGHT = 6
"""So many lines that occur nowhere, the longest, look for lines that resemble them."""
MOVED = 2
"""So many lines from where SEARCH has it a line may be that stands in another order in the file."""
_COMMON = 200
"""A line that occurs more often than this says nothing about the place."""


@dataclass(frozen=True, slots=True)
class Found:
    """The place, or None with the sentence why not and the best candidates, best first."""

    match: Match | None
    problem: str = ""
    candidates: tuple[Match, ...] = ()


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


def find(haystack: Haystack, search: Sequence[str], low: int, high: int, new: Sequence[str] | None = None) -> Found:
    """Where `search` belongs within the file's lines `low` to `high` (exclusive), when `new` is to be put there."""
    needle = rows_of(search, search if new is None else new)
    if not any(line.key for line in needle):
        return Found(None, "SEARCH is empty; give the lines to replace, copied from the file.")
    at = haystack.places({line.key for line in needle})
    same = list(_runs(haystack, needle, at, low, high))
    exact = [match for match in same if _is_exact(haystack, needle, match)]
    if len(same) == 1 and (exact or _is_telling(needle)):
        return Found(same[0])
    if len(exact) == 1 and _is_indented(needle):
        return Found(exact[0])
    if same:
        return Found(None, _ambiguous(same, exact), tuple(exact or same)[:5])
    offsets = _diagonals(haystack, needle, at, low, high)
    if len(offsets) > _TOO_MANY:
        return Found(None, "SEARCH is not in the file, and many places resemble it; send more.")
    ranked = _rank(_alignments(haystack, needle, offsets, low, high))
    return _choose(ranked, needle, at)


def occurs_once(haystack: Haystack, search: Sequence[str]) -> bool:
    """Whether exactly these lines are found, so that they can serve as a SEARCH text."""
    needle = rows_of(search, search)
    at = haystack.places({line.key for line in needle})
    same = list(_runs(haystack, needle, at, 0, len(haystack.lines)))
    return len(same) == 1 and _is_exact(haystack, needle, same[0])


def runs_of(haystack: Haystack, search: Sequence[str], low: int, high: int) -> list[Match]:
    """All places with these lines, whatever their indentation."""
    needle = rows_of(search, search)
    if not any(line.key for line in needle):
        return []
    return list(_runs(haystack, needle, haystack.places({line.key for line in needle}), low, high))


_Places = Mapping[str, Sequence[int]]


def _runs(haystack: Haystack, needle: Sequence[Row], at: _Places, low: int, high: int) -> Iterator[Match]:
    """Windows whose lines all have the same key, whatever their indentation."""
    keys = [line.key for line in needle]
    size = len(keys)
    rarest = min(range(size), key=lambda index: len(at[keys[index]]))
    for position in at[keys[rarest]]:
        start = position - rarest
        if low <= start and start + size <= high and haystack.keys[start : start + size] == keys:
            yield Match(start, start + size, tuple(range(start, start + size)), 1.0, (1.0,) * size)


def _is_exact(haystack: Haystack, needle: Sequence[Row], match: Match) -> bool:
    return all(haystack.lines[match.start + i] == line.text for i, line in enumerate(needle))


def _is_telling(needle: Sequence[Row]) -> bool:
    """Whether the lines say enough to be recognised when they are not exactly those of the file."""
    return sum(line.weight for line in needle) >= 0.5


def _is_indented(needle: Sequence[Row]) -> bool:
    """Whether SEARCH has kept its indentation, so that the same lines at another one are not meant."""
    return all(row.text[0].isspace() for row in needle if row.key)


def _ambiguous(same: Sequence[Match], exact: Sequence[Match]) -> str:
    more = "add a line before or after it to SEARCH so that it occurs once, or name the symbol that it is in."
    if len(same) == 1:
        return f"SEARCH says too little to be sure of its place; {more}"
    if len(exact) == 1:
        return f"SEARCH occurs {len(same)} times when indentation is disregarded; {more}"
    return f"SEARCH occurs {len(same)} times; {more}"


def _alignments(
    haystack: Haystack, needle: Sequence[Row], offsets: Sequence[int], low: int, high: int
) -> Iterator[Match]:
    size = len(needle)
    slack = 2 + min(size // 4, 20)
    for offset in offsets:
        start, stop = max(low, offset - slack), min(high, offset + size + slack)
        if start < stop:
            window = [read_line(line) for line in haystack.lines[start:stop]]
            match = align(window, needle, start, diagonal=offset - start, slack=slack)
            if match:
                yield match


def _diagonals(haystack: Haystack, needle: Sequence[Row], at: _Places, low: int, high: int) -> list[int]:
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


def _rank(matches: Iterator[Match]) -> list[Match]:
    """Best first, those that share lines with a better one left out."""
    ranked: list[Match] = []
    for match in sorted(matches, key=lambda match: -match.score):
        if all(match.stop <= other.start or other.stop <= match.start for other in ranked):
            ranked.append(match)
    return ranked


def _choose(ranked: Sequence[Match], needle: Sequence[Row], at: _Places) -> Found:
    if not ranked or ranked[0].score < RESEMBLING:
        near = [match for match in ranked[:2] if _has_exact_line(match, needle)]
        said = "SEARCH is not in the file; copy the lines to replace from the file as they are."
        return Found(None, said, tuple(near))
    best = ranked[0]
    if not (best.score >= THRESHOLD and _said(best, needle) >= _SURE) and not _is_alone(best, needle, at):
        problem = "SEARCH differs too much from the file; send the lines as they are in the file."
        return Found(None, problem, tuple(match for match in ranked[:3] if match.score >= best.score / 2))
    if not all(_leads(best, other, needle) for other in ranked[1:]):
        problem = "SEARCH is not in the file, and more than one place resembles it; send the lines of one as they are."
        return Found(None, problem, tuple(ranked[:3]))
    return Found(best)


def _said(match: Match, needle: Sequence[Row]) -> float:
    """What the exact lines of a place say, in full lines."""
    return sum(row.weight for row, grade in zip(needle, match.grades, strict=True) if grade >= AS_REPLACED)


def _is_alone(match: Match, needle: Sequence[Row], at: _Places) -> bool:
    """Whether the lines that change are exact, and no line of SEARCH is anywhere but here."""
    rows = list(zip(needle, match.grades, strict=True))
    if _said(match, needle) < _SURE_ALONE or any(grade < AS_REPLACED for row, grade in rows if not row.stays):
        return False
    near = range(match.start - MOVED, match.stop + MOVED)
    elsewhere = (row for row, grade in rows if grade < 1.0 and row.is_telling and at[row.key])
    return all(any(place in near for place in at[row.key]) for row in elsewhere)


def _has_exact_line(match: Match, needle: Sequence[Row]) -> bool:
    """Whether one line that says something is right: enough to show the place, not to edit it."""
    return any(row.is_telling and grade == 1.0 for row, grade in zip(needle, match.grades, strict=True))


def _leads(best: Match, second: Match, needle: Sequence[Row]) -> bool:
    """Whether lines with text on them that are exactly right in one place and not in the other tell the two apart."""
    rows = list(zip(needle, best.grades, second.grades, strict=True))
    told = sum(row.weight * (one - other) for row, one, other in rows if one >= AS_REPLACED and row.is_telling)
    if told < DOMINANCE:
        return False
    return best.score - second.score >= MARGIN or all(one >= other for _, one, other in rows)
