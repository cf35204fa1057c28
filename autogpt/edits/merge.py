"""What a matched edit does to the file: the difference from SEARCH to REPLACE, merged into the lines really there.

Lines that the edit leaves as they are keep the file's text, also where SEARCH remembers them wrongly; a line of the
file that SEARCH leaves out is never removed. Where that can't be decided, the edit is refused. Where REPLACE is nearer
to the file than to SEARCH, SEARCH alone is wrong, and REPLACE is what the lines become.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz.distance import Indel

from autogpt.edits.alignment import Match
from autogpt.edits.lines import TAB, is_version, read_line, width
from autogpt.edits.matching import MOVED

_INDENTS = "the indentation of SEARCH does not fit the file; copy the lines with their indentation."


@dataclass(frozen=True, slots=True)
class Merged:
    """New lines for `start` to `stop` of the file, or the sentence why there are none."""

    lines: tuple[str, ...] = ()
    problem: str = ""


def merge(lines: Sequence[str], match: Match, search: Sequence[str], new: Sequence[str]) -> Merged:
    """Apply the difference of `search` and `new` to the matched lines of the file, `match.start` to `match.stop`."""
    search, new = _with_first_indent(lines, match, search, new)
    indents = _indent_map(lines, match, search)
    if indents is None:
        return Merged(problem=_INDENTS)
    fitted = list(new) if _is_already_fitting(lines, match, search, new) else _reindent(new, indents, search)
    if _adds_trailing_space(lines, match, search):
        fitted = [line.rstrip() for line in fitted]
    moved = _reindent(search, indents, search)
    own = [lines[pair] if pair is not None else text for pair, text in zip(match.pairs, moved, strict=True)]
    old = [(_as_written(text), _depth(line)) for text, line in zip(search, own, strict=True)]
    merged, other = (_Merger(lines, match, old, fitted, read).merged() for read in _readings(old, _marks(fitted)))
    if merged.problem:
        return merged
    theirs = lines[match.start : match.stop]
    is_sure = bool(other.problem) or _filled(other.lines) == _filled(merged.lines)
    if not is_sure or not _adds_up(theirs, search, fitted, merged.lines):
        return Merged(problem="SEARCH has lines in another order than the file; copy them as they are.")
    return merged if _keeps_indents(theirs, search, new, merged.lines) else Merged(problem=_INDENTS)


_Operation = tuple[str, int, int, int, int]
"""A step from SEARCH to REPLACE: its tag, and the bounds of its lines in both, as `SequenceMatcher` has them."""


def _readings(old: Sequence[_Mark], new: Sequence[_Mark]) -> tuple[list[_Operation], list[_Operation]]:
    """The steps from SEARCH to REPLACE, found from the top and from the end: of two lines that change places, or two
    equal ones, the one moves in the first and the other in the second, and which is meant is not said.
    """
    top = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    end = SequenceMatcher(None, old[::-1], new[::-1], autojunk=False).get_opcodes()
    size, length = len(old), len(new)
    turned = [(tag, size - i2, size - i1, length - j2, length - j1) for tag, i1, i2, j1, j2 in reversed(end)]
    return list(top), turned


def _filled(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _keeps_indents(theirs: Sequence[str], search: Sequence[str], new: Sequence[str], result: Sequence[str]) -> bool:
    """A line that REPLACE has with the same indentation as SEARCH is still as the file has it."""
    before, asked, after, got = map(_by_key, (theirs, search, new, result))
    return all(got[key] == before[key] for key in before if key and asked[key] == after[key])


def _by_key(lines: Sequence[str]) -> defaultdict[str, Counter[str]]:
    """How often each line is there with which indentation."""
    found = defaultdict[str, Counter[str]](Counter)
    for text in lines:
        found[_as_written(text)][read_line(text).indent] += 1
    return found


def _adds_up(theirs: Sequence[str], search: Sequence[str], new: Sequence[str], result: Sequence[str]) -> bool:
    """No line is lost that the file and REPLACE have, none is there more often than in the one or the other, and one
    that REPLACE has as often as SEARCH is there as often as before.
    """
    before, asked, after, got = (Counter(map(_as_written, text)) for text in (theirs, search, new, result))
    for key in before | after:
        least, most = min(before[key], after[key]), max(before[key], after[key])
        if key and not (got[key] == before[key] if asked[key] == after[key] else least <= got[key] <= most):
            return False
    return True


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

    def __init__(
        self,
        lines: Sequence[str],
        match: Match,
        old: Sequence[_Mark],
        fitted: Sequence[str],
        operations: Sequence[_Operation],
    ) -> None:
        self.lines, self.match, self.fitted, self.old, self.operations = lines, match, fitted, old, operations
        self.new = _marks(fitted)
        self.moved = _moved(lines, match, old)
        self.cursor = match.start
        self.out: list[str] = []

    def merged(self) -> Merged:
        """REPLACE where it is nearer to the file than to SEARCH, and neither loses nor adds what both leave alone."""
        theirs, old, new = ([key for key, _ in marks] for marks in (self._theirs(), self.old, self.new))
        lead = Indel.distance(old, new) - Indel.distance(theirs, new)
        if lead < 0:
            return self.run()
        stays = {row for tag, i1, i2, *_ in self.operations if tag == "equal" for row in range(i1, i2)}
        pairs = list(enumerate(self.match.pairs))
        meant = Counter(_as_written(self.lines[pair]) for row, pair in pairs if pair is not None and row not in stays)
        unknown = {old[row] for row, pair in pairs if pair is None and row in stays}
        lost, added = Counter(theirs) - Counter(new), Counter(new) - Counter(theirs)
        disputed = unknown & set(added)
        if any(disputed):  # the slip may be in SEARCH or in both
            line = next(filter(None, disputed))[:80]
            return Merged(problem=f"SEARCH has `{line}` where the file has not; copy the lines as they are.")
        return Merged(self.as_replaced()) if lead and lost <= meant and not disputed else self.run()

    def as_replaced(self) -> tuple[str, ...]:
        """REPLACE, with the file's own text of the lines that are the same."""
        out: list[str] = []
        start = self.match.start
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, self._theirs(), self.new, autojunk=False).get_opcodes():
            out += self.lines[start + i1 : start + i2] if tag == "equal" else self.fitted[j1:j2]
        return tuple(out)

    def run(self) -> Merged:
        for tag, i1, i2, j1, j2 in self.operations:
            if tag == "equal":
                self._keep(i1, i2)
                continue
            paired = [pair for pair in self.match.pairs[i1:i2] if pair is not None]
            following = next((pair for pair in self.match.pairs[i2:] if pair is not None), self.match.stop)
            unseen = (
                self._exchange(paired, following, (i1, i2, j1, j2))
                if paired
                else self._insert(following, i1, self.fitted[j1:j2])
            )
            if unseen is not None:
                line = self.lines[unseen].strip()[:80]
                left_out = f"SEARCH leaves out line {unseen + 1} of the file, `{line}`, next to what changes"
                return Merged(problem=f"{left_out}; put it into SEARCH, and into REPLACE if it stays.")
        self.out += self.lines[self.cursor : self.match.stop]
        return Merged(tuple(self.out))

    def _theirs(self) -> list[_Mark]:
        return _marks(self.lines[self.match.start : self.match.stop])

    def _keep(self, i1: int, i2: int) -> None:
        """Lines the edit does not change: as in the file, with those between them that SEARCH leaves out."""
        for pair in self.match.pairs[i1:i2]:
            if pair is not None:
                self.out += self.lines[self.cursor : pair + 1]
                self.cursor = pair + 1

    def _exchange(self, paired: Sequence[int], following: int, operation: tuple[int, int, int, int]) -> int | None:
        """Put new lines in the place of some of the file; the number of one that SEARCH leaves out and nobody knows."""
        first, last = paired[0], paired[-1]
        new = self.fitted[operation[2] : operation[3]]
        ahead = self._left_out(self.cursor, first)
        unheld = [number for number in ahead if not _holds(new, self.lines[number])]
        if unheld and not self._is_in_place(*operation):
            return unheld[0]
        within = [n for n in self._left_out(first, last) if n not in paired and not _holds(new, self.lines[n])]
        if within:
            return within[0]
        if unheld or not ahead:
            self.out += _before(self.lines[self.cursor : first], new)
        self.out += new
        behind = self._left_out(last + 1, following)
        is_held = bool(behind) and all(_holds(new, self.lines[number]) for number in behind)
        self.cursor = following if is_held else self._behind(last + 1, new)
        return None

    def _insert(self, following: int, row: int, new: Sequence[str]) -> int | None:
        """Put new lines between two of the file; the number of one between that may belong on either side."""
        unheld = [n for n in self._left_out(self.cursor, following) if not _holds(new, self.lines[n])]
        unknown = [number for number in unheld if number not in self.moved]
        before = [number for number in unheld if self.moved.get(number, row) < row]
        if unknown or before != unheld[: len(before)]:
            return unheld[0]
        if not unheld and self._left_out(self.cursor, following):
            self.cursor = following
        elif before:
            self.out += self.lines[self.cursor : before[-1] + 1]
            self.cursor = before[-1] + 1
        self.out += new
        self.cursor = self._behind(self.cursor, new)
        return None

    def _behind(self, start: int, new: Sequence[str]) -> int:
        """The line to go on with: not the blank lines that the new lines end with themselves."""
        while start < self.match.stop and new and not new[-1].strip() and not self.lines[start].strip():
            start += 1
        return start

    def _left_out(self, start: int, stop: int) -> list[int]:
        return [number for number in range(start, stop) if self.lines[number].strip()]

    def _is_in_place(self, i1: int, i2: int, j1: int, j2: int) -> bool:
        """The new lines are versions of the old ones, so that a line of the file before those can only stay there."""
        if j1 == j2:
            kept = {key for key, _ in self.new}
            return not any(key in kept for key, _ in self.old[i1:i2])
        return i2 - i1 == j2 - j1 or is_version(self.old[i1][0], self.new[j1][0])


def _marks(lines: Sequence[str]) -> list[_Mark]:
    return [(_as_written(line), _depth(line)) for line in lines]


def _moved(lines: Sequence[str], match: Match, old: Sequence[_Mark]) -> dict[int, int]:
    """The row of SEARCH for each line of the file that SEARCH has in another order."""
    paired = [(row, pair) for row, pair in enumerate(match.pairs) if pair is not None]
    moved: dict[int, int] = {}
    for row, pair in enumerate(match.pairs):
        if pair is not None or not old[row][0]:
            continue
        near, place = min(paired, key=lambda known: abs(known[0] - row))
        expected = place + row - near
        for number in range(max(match.start, expected - MOVED), min(match.stop, expected + MOVED + 1)):
            if number not in match.pairs and number not in moved and _as_written(lines[number]) == old[row][0]:
                moved[number] = row
                break
    return moved


def _before(kept: Sequence[str], new: Sequence[str]) -> Sequence[str]:
    """Lines of the file before new ones, without the blank lines that the new ones begin with."""
    count = len(kept)
    if new and not new[0].strip():
        while count and not kept[count - 1].strip():
            count -= 1
    return kept[:count]


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
    deeper = sorted(known, key=width)
    return known if [known[mine] for mine in deeper] == sorted(known.values(), key=width) else None


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
