"""The cases: a real file, a block of it that is changed, and a SEARCH/REPLACE text with one kind of slip in it."""

from __future__ import annotations

import ast
import random
import re
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".py": 0.6, ".h": 0.2, ".js": 0.1, ".md": 0.04, ".css": 0.03, ".json": 0.03}
"""Languages of the sample with their shares, of what installed packages hold."""
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_NAMES = ("value", "result", "index", "options", "current", "buffer", "handler", "offset", "previous", "entry")


@dataclass(frozen=True, slots=True)
class Case:
    """`start` and `stop` bound the block in `lines` (zero-based, exclusive); `right` are the lines it should become."""

    kind: str
    path: str
    lines: tuple[str, ...]
    start: int
    stop: int
    search: tuple[str, ...]
    replace: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def expected(self) -> tuple[str, ...]:
        return (*self.lines[: self.start], *self.right, *self.lines[self.stop :])

    @property
    def fits_twice(self) -> bool:
        """Whether SEARCH is in the file more than once and not once exactly: which place is meant was drawn by lot."""
        exact = len(_places(self.lines, self.search))
        bare = [[line.strip() for line in text] for text in (self.lines, self.search)]
        return exact != 1 and len(_places(*bare)) > 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A case in the making: which lines of the block change is kept, so that a slip can spare them."""

    lines: tuple[str, ...]
    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    spared: frozenset[int]


Slip = Callable[[Draft, random.Random], "tuple[Sequence[str], Sequence[str], Sequence[str] | None, int] | None"]
"""SEARCH, REPLACE, other lines of the file (or None) and the new start of the block; None where it can't be made."""


def find_files(seed: int, count: int) -> list[Path]:
    """Files of the interpreter's library and of installed packages, by language as in SUFFIXES."""
    roots = [Path(sysconfig.get_path("stdlib")), Path(sys.prefix) / "lib"]
    rng = random.Random(seed)
    chosen: list[Path] = []
    for suffix, share in SUFFIXES.items():
        files = sorted(
            {path for root in roots for path in root.rglob(f"*{suffix}") if 1_500 < path.stat().st_size < 60_000}
        )
        chosen += rng.sample(files, min(len(files), max(1, round(count * share))))
    return chosen


def make_cases(path: Path, rng: random.Random, per_file: int) -> list[Case]:
    """Cases of every kind of slip for random blocks of a file; none for one that is not UTF-8."""
    try:
        lines = tuple(path.read_text(encoding="utf-8").split("\n"))
    except UnicodeDecodeError:
        return []
    cases: list[Case] = []
    for _ in range(per_file):
        draft = _draft(lines, rng)
        if draft is None or (path.suffix == ".py" and not _parses(draft)):
            continue
        for kind, slip in SLIPS.items():
            made = slip(draft, rng)
            case = _case(kind, path, draft, made) if made is not None else None
            if case and not _says_another_place(case):
                cases.append(case)
    return cases


def _says_another_place(case: Case) -> bool:
    """Whether the slip made SEARCH an exact copy of other lines: then it is no slip, but another edit."""
    exact = _places(case.lines, case.search)
    return bool(exact) and not any(case.start <= n < case.stop for n in exact)


def _places(lines: Sequence[str], search: Sequence[str]) -> list[int]:
    size = len(search)
    return [n for n in range(len(lines) - size + 1) if lines[n] == search[0] and lines[n : n + size] == search]


def _case(
    kind: str, path: Path, draft: Draft, made: tuple[Sequence[str], Sequence[str], Sequence[str] | None, int]
) -> Case:
    search, new, lines, start = made
    stop = start + len(draft.old)
    return Case(kind, path.name, tuple(lines or draft.lines), start, stop, tuple(search), tuple(new), draft.new)


def _draft(lines: tuple[str, ...], rng: random.Random) -> Draft | None:
    """A block of 2 to 14 lines, most with text, of which one line is changed, removed or added to."""
    size = rng.choice((2, 3, 4, 5, 6, 8, 10, 14))
    if len(lines) < size + 10:
        return None
    for _ in range(20):
        start = rng.randrange(len(lines) - size)
        old = lines[start : start + size]
        places = [i for i, line in enumerate(old) if _WORD.search(line) and len(line) < 200]
        if old[0].strip() and old[-1].strip() and len(places) >= 2 and all(line == line.rstrip() for line in old):
            at = rng.choice(places)
            return Draft(lines, start, old, _changed(old, at, rng), frozenset({at}))
    return None


def _parses(draft: Draft) -> bool:
    """A change that breaks the syntax is no edit that anyone means."""
    try:
        ast.parse("\n".join([*draft.lines[: draft.start], *draft.new, *draft.lines[draft.start + len(draft.old) :]]))
    except (SyntaxError, ValueError):
        return False
    return True


def _changed(old: tuple[str, ...], at: int, rng: random.Random) -> tuple[str, ...]:
    what = rng.random()
    line = old[at]
    if what < 0.6:
        return (*old[:at], _renamed(line, rng), *old[at + 1 :])
    if what < 0.85:
        indent = line[: len(line) - len(line.lstrip())]
        return (
            *old[: at + 1],
            f"{indent}{rng.choice(_NAMES)}_{rng.randrange(99)} = {rng.choice(_NAMES)}",
            *old[at + 1 :],
        )
    return (*old[:at], *old[at + 1 :])


def _renamed(line: str, rng: random.Random) -> str:
    words = list(_WORD.finditer(line))
    word = rng.choice(words)
    fresh = rng.choice([name for name in _NAMES if name != word[0]])
    return line[: word.start()] + fresh + line[word.end() :]


def _other(draft: Draft, rng: random.Random) -> int | None:
    """A line of the block that the edit does not change, with something on it."""
    places = [i for i, line in enumerate(draft.old) if i not in draft.spared and _WORD.search(line)]
    return rng.choice(places) if places else None


def _in_new(draft: Draft, index: int) -> int:
    """Where an unchanged line of the block is in its new text."""
    return index if index < min(draft.spared) else index + len(draft.new) - len(draft.old)


def _each(change: Callable[[str], str]) -> Slip:
    def slip(draft: Draft, rng: random.Random):
        search, new = [change(line) for line in draft.old], [change(line) for line in draft.new]
        return None if search == list(draft.old) else (search, new, None, draft.start)

    return slip


def _as_it_is(draft: Draft, rng: random.Random):
    return draft.old, draft.new, None, draft.start


def _dedented(draft: Draft, rng: random.Random):
    margin = min((len(line) - len(line.lstrip()) for line in (*draft.old, *draft.new) if line.strip()), default=0)
    cut = rng.choice((margin, min(margin, 4)))
    if not cut:
        return None
    return [line[cut:] for line in draft.old], [line[cut:] for line in draft.new], None, draft.start


def _first_stripped(draft: Draft, rng: random.Random):
    if not draft.old[0].startswith((" ", "\t")) or 0 in draft.spared:
        return None
    return (draft.old[0].lstrip(), *draft.old[1:]), (draft.new[0].lstrip(), *draft.new[1:]), None, draft.start


def _tabs(line: str) -> str:
    bare = line.lstrip(" ")
    count = len(line) - len(bare)
    return "\t" * (count // 4) + " " * (count % 4) + bare


def _half(line: str) -> str:
    bare = line.lstrip(" ")
    return " " * ((len(line) - len(bare)) // 2) + bare


def _lookalikes(draft: Draft, rng: random.Random):
    def change(line: str) -> str:
        return line.replace("'", "’").replace('"', "”").replace("-", "–")

    search = [line if i in draft.spared else change(line) for i, line in enumerate(draft.old)]
    new = list(draft.new)
    for i, line in enumerate(draft.old):
        if i not in draft.spared:
            new[_in_new(draft, i)] = change(line)
    return None if search == list(draft.old) else (search, new, None, draft.start)


def _dropped(*, both: bool) -> Slip:
    def slip(draft: Draft, rng: random.Random):
        index = _other(draft, rng)
        if index is None or len(draft.old) < 4:
            return None
        search, new = list(draft.old), list(draft.new)
        del search[index]
        if both:
            del new[_in_new(draft, index)]
        return search, new, None, draft.start

    return slip


def _misremembered(*, both: bool) -> Slip:
    def slip(draft: Draft, rng: random.Random):
        index = _other(draft, rng)
        if index is None or len(draft.old) < 3:
            return None
        search, new = list(draft.old), list(draft.new)
        search[index] = _renamed(search[index], rng)
        if both:
            new[_in_new(draft, index)] = search[index]
        return search, new, None, draft.start

    return slip


def _duplicate(draft: Draft, rng: random.Random):
    """The same block elsewhere too: nothing tells which is meant."""
    at = rng.choice([0, len(draft.lines)])
    lines = [*draft.lines[:at], *draft.old, "", *draft.lines[at:]]
    return draft.old, draft.new, lines, draft.start + (len(draft.old) + 1 if at == 0 else 0)


def _twin(draft: Draft, rng: random.Random):
    """A block elsewhere that differs in one line, and that very line misremembered."""
    index = _other(draft, rng)
    if index is None or len(draft.old) < 3:
        return None
    twin, search = list(draft.old), list(draft.old)
    twin[index], search[index] = _renamed(twin[index], rng), _renamed(search[index], rng)
    lines = [*twin, "", *draft.lines]
    if search[index] in (twin[index], draft.old[index]) or twin[index] == draft.old[index]:
        return None
    return search, draft.new, lines, draft.start + len(twin) + 1


def _shifted_twin(draft: Draft, rng: random.Random):
    """The same block elsewhere at another indentation, and SEARCH with a third one."""
    margin = min((len(line) - len(line.lstrip()) for line in (*draft.old, *draft.new) if line.strip()), default=0)
    if margin < 4:
        return None
    twin = ["    " + line if line.strip() else line for line in draft.old]
    cut = [line[margin:] for line in draft.old], [line[margin:] for line in draft.new]
    return *cut, [*twin, "", *draft.lines], draft.start + len(twin) + 1


def _elided(*, both: bool) -> Slip:
    def slip(draft: Draft, rng: random.Random):
        at = min(draft.spared)
        low, high = (1, at) if at >= len(draft.old) // 2 else (at + 2, len(draft.old) - 1)
        if high - low < 2 or len(draft.old) < 5:
            return None
        shift = 0 if low == 1 else len(draft.new) - len(draft.old)
        new = [*draft.new[: low + shift], "...", *draft.new[high + shift :]]
        search = [*draft.old[:low], "...", *draft.old[high:]] if both else draft.old
        return search, new, None, draft.start

    return slip


def _cut_short(draft: Draft, rng: random.Random):
    """SEARCH ends early, REPLACE does not: to follow it to the letter doubles the lines that are missing."""
    keep = max(draft.spared) + 1
    if keep >= len(draft.old):
        return None
    return draft.old[:keep], draft.new, None, draft.start


def _cut_line(draft: Draft, rng: random.Random):
    """The last line of SEARCH breaks off."""
    last = draft.old[-1]
    if len(draft.old) - 1 in draft.spared or len(last.strip()) < 12 or len(draft.old) < 3:
        return None
    return (*draft.old[:-1], last[: -rng.randrange(2, 6)]), draft.new, None, draft.start


def _swapped(*, both: bool) -> Slip:
    def slip(draft: Draft, rng: random.Random):
        places = [
            i
            for i in range(len(draft.old) - 1)
            if not {i, i + 1} & draft.spared
            and draft.old[i] != draft.old[i + 1]
            and draft.old[i].strip()
            and draft.old[i + 1].strip()
        ]
        if not places or len(draft.old) < 5:
            return None
        i = rng.choice(places)
        search, new = list(draft.old), list(draft.new)
        search[i], search[i + 1] = search[i + 1], search[i]
        if both:
            j = _in_new(draft, i)
            new[j], new[j + 1] = new[j + 1], new[j]
        return search, new, None, draft.start

    return slip


SLIPS: dict[str, Slip] = {
    "none": _as_it_is,
    "dedented": _dedented,
    "indented": _each(lambda line: "    " + line if line.strip() else line),
    "first line stripped": _first_stripped,
    "tabs for spaces": _each(_tabs),
    "half the indent": _each(_half),
    "trailing spaces": _each(lambda line: line + "  "),
    "look-alikes": _lookalikes,
    "line dropped": _dropped(both=False),
    "line dropped, both": _dropped(both=True),
    "line wrong": _misremembered(both=False),
    "line wrong, both": _misremembered(both=True),
    "block twice": _duplicate,
    "twin block": _twin,
    "twin, shifted": _shifted_twin,
    "elision, both": _elided(both=True),
    "elision, REPLACE": _elided(both=False),
    "SEARCH cut short": _cut_short,
    "last line cut": _cut_line,
    "lines swapped": _swapped(both=False),
    "lines swapped, both": _swapped(both=True),
}
