"""One edit on one document: the new document, or the refusal with what to send instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autogpt.edits.alignment import Match
from autogpt.edits.base import Place, Refusal, SearchReplace
from autogpt.edits.checks import dotted, is_elision, shortened
from autogpt.edits.document import Document, split
from autogpt.edits.lines import key_of
from autogpt.edits.matching import RESEMBLING, Found, Haystack, find, occurs_once
from autogpt.edits.merge import merge
from autogpt.edits.parts import place_parts, split_at_elisions, without_shared_blanks
from autogpt.edits.symbols import Symbol, enclosing, find_symbols
from autogpt.edits.widening import widen

_SHOWN_LINES = 40
_WIDENED = 12


@dataclass(frozen=True, slots=True)
class Replaced:
    document: Document
    notes: tuple[str, ...] = ()


def search_replace(document: Document, edit: SearchReplace) -> Replaced | Refusal:
    """The edit in its one right place."""
    search, new = without_shared_blanks(split(edit.search)[0], split(edit.replace)[0])
    if search == new:
        return Refusal(edit.path, "SEARCH and REPLACE are the same, so nothing would change; send what should change.")
    if not any(line.strip() for line in search):
        return Refusal(edit.path, "SEARCH is empty; give the lines to replace, or a `file` edit for a new file.")
    bounds = _bounds(document, edit)
    if isinstance(bounds, Refusal):
        return bounds
    haystack = Haystack(document.lines)
    elisions = [line for line in search if is_elision(line)]
    is_shortened = any(key_of(line) not in haystack.keys for line in elisions)
    found = Found(None) if is_shortened else find(haystack, search, *bounds, new)
    if found.match is not None:
        return _merged(document, edit, found.match, search, new)
    if elisions:
        return _by_parts(document, edit, haystack, bounds)
    inline = _inline(document, search, new, bounds) if len(search) == 1 else None
    return inline or _refusal(document, edit, found, new, haystack)


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without blank lines around."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []


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
    widened = widen(document.lines, match, search, new)
    if isinstance(widened, str):
        return Refusal(edit.path, widened, tuple(_places(document, edit.path, [match])))
    match, search = widened
    merged = merge(document.lines, match, search, new)
    shown = document.lines[match.start : match.stop]
    if not merged.problem:
        known = {line.strip() for line in shown}
        problem = shortened(edit.path, merged.lines, known) or dotted(shown, merged.lines)
        if not problem and tuple(merged.lines) == tuple(shown):
            problem = "REPLACE is what the file has here already; leave the edit out, or send what should change."
    else:
        problem = merged.problem
    if problem:
        corrected = "\n".join(shown) if merged.problem else ""
        return Refusal(edit.path, problem, tuple(_places(document, edit.path, [match])), corrected)
    inexact = tuple(search) != tuple(shown)
    note = f"{edit.path}: SEARCH was not exact; it was taken for lines {match.start + 1}-{match.stop}."
    return Replaced(document.splice(match.start, match.stop, merged.lines), (note,) if inexact else ())


def _by_parts(
    document: Document, edit: SearchReplace, haystack: Haystack, bounds: tuple[int, int]
) -> Replaced | Refusal:
    """`...` on a line of its own in both texts stands for the same lines: the parts between are edits of their own."""
    parts = split_at_elisions(split(edit.search)[0], split(edit.replace)[0])
    if parts is None:
        return Refusal(edit.path, "SEARCH leaves out lines (`...`); copy all lines, or send one edit for each part.")
    places = place_parts(haystack, parts, *bounds)
    if isinstance(places, tuple):
        first = next(line.strip() for line in places[0] if line.strip())[:80]
        said = f"SEARCH leaves out lines (`...`), and its part with `{first}` is not in the file once, in this order"
        return Refusal(edit.path, f"{said}; copy all lines, or send one edit for each part.")
    changed = document
    for (old, fresh), match in reversed(list(zip(parts, places, strict=True))):
        if match is not None and old != fresh:
            replaced = _merged(changed, edit, match, old, fresh)
            if isinstance(replaced, Refusal):
                return replaced
            changed = replaced.document
    return Replaced(changed, (f"{edit.path}: `...` in SEARCH and REPLACE was taken for lines that stay as they are.",))


def _inline(document: Document, search: Sequence[str], new: Sequence[str], bounds: tuple[int, int]) -> Replaced | None:
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
    places = tuple(_places(document, edit.path, found.candidates[:3]))
    corrected = _once(haystack, found.candidates[0]) if found.candidates else ""
    is_nowhere = not found.candidates or found.candidates[0].score < RESEMBLING
    if is_nowhere and new and occurs_once(haystack, new):
        return Refusal(edit.path, "SEARCH is not in the file, but REPLACE is: the edit is there already; leave it out.")
    return Refusal(edit.path, found.problem, places, corrected)


def _places(document: Document, path: str, matches: Sequence[Match]) -> Iterator[Place]:
    symbols = find_symbols(path, document.text) or () if matches else ()
    for match in matches:
        shown = document.lines[match.start : match.stop]
        text = "\n".join(f"{match.start + 1 + i:5} | {line}" for i, line in enumerate(shown[:_SHOWN_LINES]))
        if len(shown) > _SHOWN_LINES:
            text += f"\n      | ({len(shown) - _SHOWN_LINES} more lines)"
        name = enclosing(symbols, match.start, match.stop - 1)
        yield Place(match.start + 1, match.stop, text, match.score, name)


def _once(haystack: Haystack, match: Match) -> str:
    """The lines of a place, with as many around as it takes for them to occur once, or ""."""
    for more in range(_WIDENED):
        start, stop = max(0, match.start - more), min(len(haystack.lines), match.stop + more)
        text = _trimmed(haystack.lines[start:stop])
        if text and occurs_once(haystack, text):
            return "\n".join(text)
    return ""
