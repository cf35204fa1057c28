"""From two texts to the edits between them, in whole lines, where no encoding of positions can be wrong. Pure."""

from __future__ import annotations

import difflib

from lsprotocol import types

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
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if not left and not right:
        return []
    if len(left) + len(right) > MAX_COMPARED:
        return [(head, head + len(left), right)]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [
        (head + first, head + last, right[a:b]) for kind, first, last, a, b in matcher.get_opcodes() if kind != "equal"
    ]


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
