"""One edit on one document: the new document, or the refusal with what to send instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autogpt.edits.base import Place, Refusal, SearchReplace
from autogpt.edits.checks import is_elision, shortened
from autogpt.edits.document import Document, split
from autogpt.edits.lines import read_line
from autogpt.edits.matching import Found, Haystack, Match, find
from autogpt.edits.merge import merge
from autogpt.edits.symbols import Symbol, enclosing, find_symbols

_SHOWN_LINES = 40
_WIDENED = 12


@dataclass(frozen=True, slots=True)
class Replaced:
    document: Document
    notes: tuple[str, ...] = ()


def search_replace(document: Document, edit: SearchReplace) -> Replaced | Refusal:
    """The edit in its one right place."""
    search, new = _trimmed(split(edit.search)[0]), _trimmed(split(edit.replace)[0])
    if search == new:
        return Refusal(edit.path, "SEARCH and REPLACE are the same, so nothing would change; send what should change.")
    if not search:
        return Refusal(edit.path, "SEARCH is empty; give the lines to replace, or a `file` edit for a new file.")
    bounds = _bounds(document, edit)
    if isinstance(bounds, Refusal):
        return bounds
    haystack = Haystack(document.lines)
    found = find(haystack, search, *bounds)
    if found.match is None and any(map(is_elision, search)):
        return _by_parts(document, edit, search, new)
    if found.match is None:
        inline = _inline(document, edit, search, new, bounds) if len(search) == 1 else None
        return inline or _refusal(document, edit, found, new, haystack)
    return _merged(document, edit, found.match, search, new)


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without blank lines around, which models add and drop at will. All blank stays as it is."""
    kept = list(lines)
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _bounds(document: Document, edit: SearchReplace) -> tuple[int, int] | Refusal:
    if not edit.scope:
        return 0, len(document.lines)
    symbols = find_symbols(edit.path, document.text)
    if symbols is None:
        return 0, len(document.lines)
    inside = [symbol for symbol in symbols if symbol.name == edit.scope]
    if len(inside) == 1:
        return inside[0].start, inside[0].stop
    if not inside:
        return Refusal(edit.path, f"there is no `{edit.scope}` to search in; {known_symbols(symbols)}")
    return Refusal(
        edit.path, f"`{edit.scope}` is defined {len(inside)} times; give SEARCH without it, with more lines."
    )


def known_symbols(symbols: Sequence[Symbol]) -> str:
    """A sentence that lists what there is."""
    names = [symbol.name for symbol in symbols]
    listed = ", ".join(names[:40]) + (", …" if len(names) > 40 else "")
    return f"the file has: {listed}." if names else "the file has no symbols."


def _merged(
    document: Document, edit: SearchReplace, match: Match, search: Sequence[str], new: Sequence[str]
) -> Replaced | Refusal:
    merged = merge(document.lines, match, search, new)
    shown = document.lines[match.start : match.stop]
    if not merged.problem:
        problem = shortened(edit.path, merged.lines, {line.strip() for line in shown}) or _repeats(
            document, match, merged.lines, search
        )
        if not problem and tuple(merged.lines) == tuple(shown):
            problem = "the edit changes nothing in the file as it is; send what should change."
    else:
        problem = merged.problem
    if problem:
        return Refusal(edit.path, problem, (_place(document, edit.path, match),), "\n".join(shown))
    inexact = tuple(search) != tuple(shown)
    note = f"{edit.path}: SEARCH was not exact; it was taken for lines {match.start + 1}-{match.stop}."
    return Replaced(document.splice(match.start, match.stop, merged.lines), (note,) if inexact else ())


def _repeats(document: Document, match: Match, new: Sequence[str], search: Sequence[str]) -> str:
    """A REPLACE that goes on with the lines that follow its place was meant for more: its SEARCH is cut short."""
    following = [line.strip() for line in document.lines[match.stop : match.stop + len(new)]]
    ending = [line.strip() for line in new]
    for size in range(min(len(following), len(ending)), 0, -1):
        tail = following[:size]
        if ending[-size:] != tail or sum(read_line(line).weight for line in tail) < 1:
            continue
        if [line.strip() for line in search[-size:]] != tail:
            return f"REPLACE ends with what follows in the file (line {match.stop + 1}); include those lines in SEARCH."
    return ""


def _by_parts(document: Document, edit: SearchReplace, search: Sequence[str], new: Sequence[str]) -> Replaced | Refusal:
    """`...` on a line of its own in both texts stands for the same lines: the parts between are edits of their own."""
    old_parts, new_parts = _parts(search), _parts(new)
    if len(old_parts) != len(new_parts) or not all(old_parts):
        return Refusal(edit.path, "SEARCH leaves out lines (`...`); copy all lines, or send one edit for each part.")
    at, changed = 0, document
    notes = (f"{edit.path}: `...` in SEARCH and REPLACE was taken for lines that stay as they are.",)
    for old, fresh in zip(old_parts, new_parts, strict=True):
        bounds = _bounds(changed, edit)
        found = find(Haystack(changed.lines), old, *bounds) if not isinstance(bounds, Refusal) else Found(None)
        if found.match is None or found.match.start < at:
            return Refusal(edit.path, "SEARCH leaves out lines (`...`) and a part of it is not found once; copy all.")
        at = found.match.start + len(fresh)
        if old != fresh:
            replaced = _merged(changed, edit, found.match, old, fresh)
            if isinstance(replaced, Refusal):
                return replaced
            changed = replaced.document
    return Replaced(changed, notes)


def _parts(lines: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if is_elision(line):
            parts.append([])
        else:
            parts[-1].append(line)
    return list(map(_trimmed, parts))


def _inline(
    document: Document, edit: SearchReplace, search: Sequence[str], new: Sequence[str], bounds: tuple[int, int]
) -> Replaced | None:
    """A piece of one line that occurs once, as whole words, replaced by a piece of one line."""
    piece = search[0].strip()
    if len(new) != 1 or len(piece) < 4:
        return None
    places = [(number, column) for number in range(*bounds) for column in _occurrences(document.lines[number], piece)]
    if len(places) != 1:
        return None
    number, column = places[0]
    line = document.lines[number]
    if _cuts_word(line, column, column + len(piece)):
        return None
    changed = line[:column] + new[0].strip() + line[column + len(piece) :]
    return Replaced(document.splice(number, number + 1, [changed]))


def _occurrences(line: str, piece: str) -> list[int]:
    found: list[int] = []
    column = line.find(piece)
    while column >= 0:
        found.append(column)
        column = line.find(piece, column + 1)
    return found


def _cuts_word(line: str, start: int, stop: int) -> bool:
    def word(index: int) -> bool:
        return 0 <= index < len(line) and (line[index].isalnum() or line[index] == "_")

    return (word(start - 1) and word(start)) or (word(stop - 1) and word(stop))


def _refusal(document: Document, edit: SearchReplace, found: Found, new: Sequence[str], haystack: Haystack) -> Refusal:
    places = tuple(_place(document, edit.path, match) for match in found.candidates[:3])
    corrected = _once(document, found.candidates[0]) if found.candidates else ""
    if not found.candidates and new and find(haystack, new, 0, len(haystack.lines)).match is not None:
        return Refusal(edit.path, "SEARCH is not in the file, but REPLACE is: the edit is there already; leave it out.")
    return Refusal(edit.path, found.problem, places, corrected)


def _place(document: Document, path: str, match: Match) -> Place:
    symbols = find_symbols(path, document.text) or ()
    shown = document.lines[match.start : match.stop]
    text = "\n".join(f"{match.start + 1 + i:5} | {line}" for i, line in enumerate(shown[:_SHOWN_LINES]))
    if len(shown) > _SHOWN_LINES:
        text += f"\n      | ({len(shown) - _SHOWN_LINES} more lines)"
    name = enclosing(symbols, match.start, match.stop - 1)
    return Place(match.start + 1, match.stop, text, match.score, name)


def _once(document: Document, match: Match) -> str:
    """The lines of a place, with as many around as it takes for them to occur once, or ""."""
    haystack = Haystack(document.lines)
    for more in range(_WIDENED):
        start, stop = max(0, match.start - more), min(len(document.lines), match.stop + more)
        text = _trimmed(document.lines[start:stop])
        if find(haystack, text, 0, len(document.lines)).match is not None:
            return "\n".join(text)
    return ""
