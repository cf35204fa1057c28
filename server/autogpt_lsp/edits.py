"""From two texts to the edits between them, in whole lines, where no encoding of positions can be wrong. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lsprotocol import types

from autogpt.differing import differing
from autogpt_lsp.documents import Document, split_lines

MAX_COMPARED = 6_000
"""Lines compared one by one, after equal beginnings and ends; beyond it the middle is replaced as a whole."""


def text_edits(before: Document, after: str) -> list[types.TextEdit]:
    """Edits that turn the document into `after`, top to bottom, none overlapping."""
    old, new = before.lines, split_lines(after)
    edits: list[types.TextEdit] = []
    for start, end, lines in changed_blocks(old, new):
        span = types.Range(_place(before, start), _place(before, end))
        edits.append(types.TextEdit(span, "".join(lines)))
    return edits


def changed_blocks(old: list[str], new: list[str]) -> list[tuple[int, int, list[str]]]:
    """What differs, as (first old line, old line after the last, new lines)."""
    return [(first, last, new[a:b]) for first, last, a, b in differing(old, new, MAX_COMPARED)]


def moves(gone: Mapping[str, str], made: Mapping[str, str]) -> dict[str, str]:
    """Which files were moved, old path to new: at least half of the lines, blank ones left out, are the same."""
    found: dict[str, str] = {}
    lines = {path: _telling(text) for path, text in {**gone, **made}.items()}
    for new in made:
        alike = {old: (lines[old] & lines[new]).total() for old in gone if old not in found}
        best = max(alike, key=lambda old: alike[old], default="")
        if best and alike[best] and alike[best] * 2 >= max(lines[best].total(), lines[new].total()):
            found[best] = new
    return found


def _telling(text: str) -> Counter[str]:
    return Counter(line for line in split_lines(_plain(text)) if line.strip())


def carried_lines(old: list[str], new: list[str], first: int, last: int) -> tuple[int, int]:
    """Where lines of `old` (from 0, `last` included) are in `new`; of what was changed, all that took its place."""
    start, end, shift, grown = first, last, 0, 0
    for begin, stop, lines in changed_blocks(old, new):
        more = len(lines) - (stop - begin)
        if stop <= first:
            shift += more
        elif begin <= last:
            start, end, grown = min(start, begin), max(end, stop - 1), grown + more
    return start + shift, max(start, end + grown) + shift


def _place(document: Document, line: int) -> types.Position:
    if line < len(document.lines):
        return types.Position(line, 0)
    last = len(document.lines) - 1
    return document.position(last, len(document.lines[last]))


def same_text(left: str, right: str) -> bool:
    """Equal but for what editors change by themselves: the kind of line ends, and the end of the last line."""
    return left == right or _plain(left) == _plain(right)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
