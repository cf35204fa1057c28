"""What a matched edit does to the file: the difference from SEARCH to REPLACE, merged into the lines really there.

Lines that the edit leaves as they are keep the file's text, also where SEARCH remembers them wrongly; a line of the
file that SEARCH leaves out is never removed. Where that can't be decided, the edit is refused.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from autogpt.edits.lines import TAB, is_version, read_line, width
from autogpt.edits.matching import Match


@dataclass(frozen=True, slots=True)
class Merged:
    """New lines for `start` to `stop` of the file, or the sentence why there are none."""

    lines: tuple[str, ...] = ()
    problem: str = ""


def merge(lines: Sequence[str], match: Match, search: Sequence[str], new: Sequence[str]) -> Merged:
    """Apply the difference of `search` and `new` to the matched lines of the file."""
    search, new = _with_first_indent(lines, match, search, new)
    indents = _indent_map(lines, match, search)
    if indents is None:
        return Merged(problem="the indentation of SEARCH does not fit the file; copy the lines with their indentation.")
    fitted = list(new) if _is_already_fitting(lines, match, search, new) else _reindent(new, indents, search)
    if _adds_trailing_space(lines, match, search):
        fitted = [line.rstrip() for line in fitted]
    moved = _reindent(search, indents, search)
    own = [lines[pair] if pair is not None else text for pair, text in zip(match.pairs, moved, strict=True)]
    old = [(_as_written(text), _depth(line)) for text, line in zip(search, own, strict=True)]
    merged = _Merger(lines, match, old, fitted).run()
    if merged.problem or _adds_up(lines[match.start : match.stop], fitted, merged.lines):
        return merged
    return Merged(problem="SEARCH has lines in another order than the file; copy them as they are.")


def _adds_up(theirs: Sequence[str], new: Sequence[str], result: Sequence[str]) -> bool:
    """No line is lost that the file and REPLACE have, and none is there more often than in the one or the other."""
    before, after, got = (Counter(map(_as_written, text)) for text in (theirs, new, result))
    return all(
        min(before[key], after[key]) <= got[key] <= max(before[key], after[key]) for key in before | after if key
    )


_Mark = tuple[str, int]
"""A line for comparison: its normalised text, and its depth in the file's columns (0 for a blank one)."""


def _as_written(text: str) -> str:
    return read_line(text).key


def _depth(line: str) -> int:
    return width(read_line(line).indent) if line.strip() else 0


def _with_first_indent(
    lines: Sequence[str], match: Match, search: Sequence[str], new: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Both with the file's indentation on their first line, where it was lost there and nowhere else."""
    first = match.pairs[0]
    indent = read_line(lines[first]).indent if first is not None else ""
    rest = zip(match.pairs[1:], search[1:], strict=True)
    if not indent or read_line(search[0]).indent or not any(text.strip() for text in search[1:]):
        return search, new
    if any(pair is not None and text.strip() and _depth(text) != _depth(lines[pair]) for pair, text in rest):
        return search, new
    mended = [indent + new[0], *new[1:]] if new and new[0].strip() and not read_line(new[0]).indent else new
    return [indent + search[0], *search[1:]], mended


def _adds_trailing_space(lines: Sequence[str], match: Match, search: Sequence[str]) -> bool:
    pairs = ((text, lines[pair]) for pair, text in zip(match.pairs, search, strict=True) if pair is not None)
    return any(text != text.rstrip() and line == line.rstrip() for text, line in pairs)


class _Merger:
    """Walks the difference of SEARCH and REPLACE, with a cursor in the file."""

    def __init__(self, lines: Sequence[str], match: Match, old: Sequence[_Mark], fitted: Sequence[str]) -> None:
        self.lines, self.match, self.fitted, self.old = lines, match, fitted, old
        self.new = [(_as_written(line), _depth(line)) for line in fitted]
        self.operations = SequenceMatcher(None, self.old, self.new, autojunk=False).get_opcodes()
        self.cursor = match.start
        self.out: list[str] = []

    def run(self) -> Merged:
        for index, (tag, i1, i2, j1, j2) in enumerate(self.operations):
            if tag == "equal":
                self._keep(i1, i2)
            elif problem := self._change(i1, i2, j1, j2, is_last=index == len(self.operations) - 1):
                return Merged(problem=problem)
        self.out += self.lines[self.cursor : self.match.stop]
        return Merged(tuple(self.out))

    def _keep(self, i1: int, i2: int) -> None:
        """Lines the edit does not change: as in the file, with those between them that SEARCH leaves out."""
        for pair in self.match.pairs[i1:i2]:
            if pair is not None:
                self.out += self.lines[self.cursor : pair + 1]
                self.cursor = pair + 1

    def _change(self, i1: int, i2: int, j1: int, j2: int, *, is_last: bool) -> str:
        """Lines the edit replaces, removes (`j1 == j2`) or adds (`i1 == i2`)."""
        new = self.fitted[j1:j2]
        paired = [pair for pair in self.match.pairs[i1:i2] if pair is not None]
        following = next((pair for pair in self.match.pairs[i2:] if pair is not None), self.match.stop)
        end = paired[-1] + 1 if paired else self.cursor
        between = [line for line in self.lines[end:following] if line.strip()]
        if is_last or not paired or all(_holds(new, line) for line in between):
            end = following
        left_out = [n for n in range(self.cursor, end) if n not in set(paired) and self.lines[n].strip()]
        if paired and self._is_line_for_line(i1, i2, j1, j2):
            kept = [number for number in left_out if number < paired[0]]
            self.out += self.lines[self.cursor : paired[0]]
            left_out = [number for number in left_out if number not in kept]
        unseen = [number for number in left_out if not _holds(new, self.lines[number])]
        if unseen:
            return f"SEARCH leaves out line {unseen[0] + 1} of the file, next to what changes; include it."
        self.out += new
        self.cursor = max(self.cursor, end)
        return ""

    def _is_line_for_line(self, i1: int, i2: int, j1: int, j2: int) -> bool:
        """Each old line has its new version, so that a line of the file before them can only stay before them."""
        pairs = zip(self.old[i1:i2], self.new[j1:j2], strict=False)
        return i2 - i1 == j2 - j1 and all(is_version(one, other) for (one, _), (other, _) in pairs)


def _holds(new: Sequence[str], line: str) -> bool:
    key = _as_written(line)
    return any(_as_written(text) == key for text in new)


def _indent_map(lines: Sequence[str], match: Match, search: Sequence[str]) -> Mapping[str, str] | None:
    """The file's indentation for each that SEARCH uses; None when one of them stands for two."""
    known: dict[str, str] = {}
    exact: dict[str, bool] = {}
    for pair, text, grade in zip(match.pairs, search, match.grades, strict=True):
        if pair is None or not text.strip():
            continue
        mine, theirs = read_line(text).indent, read_line(lines[pair]).indent
        if mine not in known or (grade == 1.0 and not exact[mine]):
            known[mine], exact[mine] = theirs, grade == 1.0
        elif known[mine] != theirs and grade == 1.0:
            return None
    return known


def _is_already_fitting(lines: Sequence[str], match: Match, search: Sequence[str], new: Sequence[str]) -> bool:
    """Whether REPLACE has the file's indentation already, though SEARCH has another."""
    mine = [read_line(text).indent for text in search if text.strip()]
    theirs = [read_line(line).indent for line in lines[match.start : match.stop] if line.strip()]
    fresh = [read_line(text).indent for text in new if text.strip()]
    if not (mine and theirs and fresh) or mine[0] == theirs[0]:
        return False
    return fresh[0] == theirs[0] and fresh[-1] not in mine


def _reindent(new: Sequence[str], indents: Mapping[str, str], search: Sequence[str]) -> list[str]:
    if all(mine == theirs for mine, theirs in indents.items()):
        return list(new)
    unit = _unit([*search, *new])
    return [_fit(text, indents, unit) if text.strip() else "" for text in new]


def _fit(text: str, indents: Mapping[str, str], unit: int) -> str:
    """A line moved to the file's indentation, counted from the nearest known one that is no deeper."""
    indent = read_line(text).indent
    bare = text[len(indent) :]
    if indent in indents:
        return indents[indent] + bare
    shallower = [mine for mine in indents if width(mine) <= width(indent)]
    base = max(shallower, key=width) if shallower else min(indents, key=width)
    theirs, delta = indents[base], width(indent) - width(base)
    if "\t" in theirs or (not theirs and any("\t" in other for other in indents.values())):
        levels = delta // unit
        return (theirs + "\t" * levels if levels >= 0 else theirs[: len(theirs) + levels]) + bare
    step = _file_unit(indents, unit)
    columns = width(theirs) + (delta * step // unit if delta % unit == 0 else delta)
    return " " * max(0, columns) + bare


def _file_unit(indents: Mapping[str, str], unit: int) -> int:
    """How many columns of the file one level of the edit's indentation stands for."""
    ordered = sorted(indents, key=width)
    for one, other in itertools.pairwise(ordered):
        mine, theirs = width(other) - width(one), width(indents[other]) - width(indents[one])
        if mine and theirs > 0 and theirs * unit % mine == 0:
            return theirs * unit // mine
    return unit


def _unit(texts: Sequence[str]) -> int:
    """The columns of one level of indentation: the smallest step between two indentations."""
    widths = sorted({width(read_line(text).indent) for text in texts if text.strip()})
    steps = [two - one for one, two in itertools.pairwise(widths) if two - one > 1]
    return min(steps, default=TAB)
