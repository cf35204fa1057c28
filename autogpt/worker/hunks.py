"""Proposals in parts: hunks between two texts, and carrying some of them over to a text that moved on. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autogpt.git.blocks import Block, blocks, split_lines
from autogpt.worker.protocol import Clash, Hunk


def hunks_of(path: str, base: str | None, new: str | None) -> tuple[Hunk, ...]:
    """The hunks of one file. A file that is created, deleted or no text is one hunk, decided about as a whole.

    An id names its content, so that it stays the same however often it is computed.
    """
    if base is None or new is None:
        return (Hunk(_identifier(path, "whole", "", 0), path, 0, _count(base), 0, _count(new)),)
    old, lines = split_lines(base), split_lines(new)
    seen: dict[str, int] = {}
    found: list[Hunk] = []
    for start, end, new_start, new_end in blocks(old, lines):
        before, after = "".join(old[start:end]), "".join(lines[new_start:new_end])
        times = seen[before + "\0" + after] = seen.get(before + "\0" + after, -1) + 1
        name = _identifier(path, before, after, times)
        found.append(Hunk(name, path, start, end - start, new_start, new_end - new_start))
    return tuple(found)


def _count(text: str | None) -> int:
    return len(split_lines(text)) if text is not None else 0


def _identifier(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Merged:
    """The text with what could be carried over; `done` are ids of hunks that are in it now."""

    text: str
    done: tuple[str, ...]
    conflicts: tuple[Clash, ...]


def merge(path: str, base: str, new: str, current: str, chosen: Collection[str] | None = None) -> Merged:
    """Carry hunks from `base` to `new` over to `current`, each by itself; those that clash are left alone.

    A hunk clashes when `current` changed the same or touching lines, unless what it wants is there already.
    """
    base, new = _with_ends_of(base, current), _with_ends_of(new, current)
    old, proposed, shown = split_lines(base), split_lines(new), split_lines(current)
    moved = blocks(old, shown)
    edits: list[tuple[int, int, list[str]]] = []
    done: list[str] = []
    conflicts: list[Clash] = []
    for hunk in hunks_of(path, base, new):
        wanted = proposed[hunk.new_line : hunk.new_line + hunk.new_count]
        if chosen is not None and hunk.id not in chosen:
            continue
        start, end = hunk.base_line, hunk.base_line + hunk.base_count
        touching = [block for block in moved if block[0] <= end and start <= block[1]]
        if not touching:
            place = _moved(moved, start)
            edits.append((place, place + hunk.base_count, wanted))
            done.append(hunk.id)
        elif _is_there(old, shown, touching, (start, end), wanted):
            done.append(hunk.id)
        else:
            line = touching[0][2] + 1
            conflicts.append(Clash(path, "You changed the same lines meanwhile.", line, hunk.id))
    for start, end, lines in reversed(edits):
        shown[start:end] = lines
    return Merged("".join(shown), tuple(done), tuple(conflicts))


def _moved(changes: list[Block], line: int) -> int:
    """Where a line that no change touches is now."""
    shift = 0
    for _, end, _, new_end in changes:
        if end >= line:
            break
        shift = new_end - end
    return line + shift


def _is_there(
    old: list[str], shown: list[str], touching: list[Block], span: tuple[int, int], wanted: list[str]
) -> bool:
    """Whether the text around the touching changes is what the hunk would make of it."""
    first, last = touching[0], touching[-1]
    start, end = min(span[0], first[0]), max(span[1], last[1])
    now = shown[first[2] - (first[0] - start) : last[3] + (end - last[1])]
    return now == [*old[start : span[0]], *wanted, *old[span[1] : end]]


def _with_ends_of(text: str, current: str) -> str:
    """An editor may show a file with other line ends than it has: compare and write in the editor's."""
    if "\r\n" in current and "\r\n" not in text and current.count("\n") == current.count("\r\n"):
        return text.replace("\n", "\r\n")
    if "\r\n" in text and "\r" not in current and "\n" in current:
        return text.replace("\r\n", "\n")
    return text


def same_text(left: str, right: str) -> bool:
    """Equal but for what editors change by themselves: the kind of line ends, and the end of the last line."""
    return left == right or list(_plain(left)) == list(_plain(right))


def _plain(text: str) -> Iterator[str]:
    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    yield from lines[:-1] if lines[-1] == "" else lines
