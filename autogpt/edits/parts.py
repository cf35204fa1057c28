"""`...` on a line of its own in SEARCH and REPLACE: the parts between, each with its own place, in order."""

from __future__ import annotations

from collections.abc import Sequence

from autogpt.edits.alignment import Match
from autogpt.edits.checks import is_elision
from autogpt.edits.matching import Haystack, find, runs_of

Part = tuple[list[str], list[str]]
"""Lines of SEARCH and the lines of REPLACE that stand for them."""


def without_shared_blanks(search: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both without the blank lines that both begin and end with, which models add at will."""
    old, fresh = list(search), list(new) if any(line.strip() for line in new) else []
    for end in (0, -1):
        while old and not old[end].strip() and (not fresh or not fresh[end].strip()):
            old.pop(end)
            if fresh:
                fresh.pop(end)
    return old, fresh


def split_at_elisions(search: Sequence[str], new: Sequence[str]) -> list[Part] | None:
    """The parts of both texts; None where they do not stand for each other."""
    old_parts, new_parts = _between(search), _between(new)
    if len(old_parts) != len(new_parts):
        return None
    parts = [without_shared_blanks(old, fresh) for old, fresh in zip(old_parts, new_parts, strict=True)]
    return None if any(fresh and not old for old, fresh in parts) else [part for part in parts if part[0]]


def _between(lines: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if is_elision(line):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def place_parts(haystack: Haystack, parts: Sequence[Part], low: int, high: int) -> list[Match | None] | Part:
    """A place for each part that changes, where every part that stays has one too, in the same order.

    A part that is in several places is sought between those whose places are known. The first part without a place
    where not all have one.
    """
    places: list[Match | None] = [None] * len(parts)
    open_parts = list(range(len(parts)))
    while open_parts:
        for index in open_parts:
            old, fresh = parts[index]
            places[index] = find(haystack, old, *_between_known(places, index, low, high), fresh).match
        left = [index for index in open_parts if places[index] is None]
        if len(left) == len(open_parts):
            break
        open_parts = left
    for index in open_parts:
        old, fresh = parts[index]
        if old != fresh or not runs_of(haystack, old, *_between_known(places, index, low, high)):
            return parts[index]
    return places


def _between_known(places: Sequence[Match | None], index: int, low: int, high: int) -> tuple[int, int]:
    before = [place.stop for place in places[:index] if place]
    after = [place.start for place in places[index + 1 :] if place]
    return max([low, *before]), min([high, *after])
