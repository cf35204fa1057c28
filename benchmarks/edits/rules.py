"""How other programs place a SEARCH/REPLACE edit, written anew from a description of each rule, as baselines.

A rule gets the lines of the file, of SEARCH and of REPLACE (line endings already normalised, which not all of them do)
and returns the new lines, or None when it refuses. What comes before and after placing (a prompt, a second model that
mends a failed edit) is not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import Levenshtein

Lines = Sequence[str]
Rule = Callable[[Lines, Lines, Lines], "list[str] | None"]

_PUNCTUATION = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})


def _put(lines: Lines, start: int, size: int, new: Lines) -> list[str]:
    return [*lines[:start], *new, *lines[start + size :]]


def _windows(lines: Lines, size: int) -> Iterator[tuple[int, Lines]]:
    return ((start, lines[start : start + size]) for start in range(len(lines) - size + 1))


def _places(lines: Lines, search: Lines, key: Callable[[str], str]) -> list[int]:
    wanted = [key(line) for line in search]
    keys = [key(line) for line in lines]
    return [start for start, window in _windows(keys, len(wanted)) if list(window) == wanted]


def _same(line: str) -> str:
    return line


def _canonical(line: str) -> str:
    return line.translate(_PUNCTUATION)


def _canonical_stripped(line: str) -> str:
    return _canonical(line).strip()


def _canonical_right_stripped(line: str) -> str:
    return _canonical(line).rstrip()


def _words(line: str) -> str:
    return re.sub(r"[^\w]+", "", line)


def _unescaped(line: str) -> str:
    return re.sub(r"\s|\\", "", line)


def _spaces(line: str) -> str:
    return " ".join(line.split())


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _moved(new: Lines, search: Lines, found: Lines) -> list[str]:
    """REPLACE moved by what the first lines of SEARCH and of the place differ in indentation."""
    mine, theirs = _indent(search[0]), _indent(found[0])
    if len(theirs) >= len(mine):
        return [theirs[len(mine) :] + line if line.strip() else line for line in new]
    cut = len(mine) - len(theirs)
    return [line[min(cut, len(_indent(line))) :] for line in new]


def aider_blocks(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact; a uniform offset of leading space; without a spurious blank first line; `...` pairs. First hit."""
    for old in (search, search[1:] if len(search) > 2 and not search[0].strip() else []):
        if not old:
            continue
        if places := _places(lines, old, _same):
            return _put(lines, places[0], len(old), new)
        for start in _places(lines, old, str.strip):
            found = lines[start : start + len(old)]
            pairs = [(len(_indent(a)) - len(_indent(b))) for a, b in zip(found, old, strict=True) if a.strip()]
            if len(set(pairs)) == 1 and pairs[0] > 0:
                return _put(lines, start, len(old), _moved(new, old, found))
    return _dotted(lines, search, new)


def _dotted(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    def pieces(text: Lines) -> list[list[str]]:
        parts: list[list[str]] = [[]]
        for line in text:
            if line.strip() == "...":
                parts.append([])
            else:
                parts[-1].append(line)
        return parts

    old_parts, new_parts = pieces(search), pieces(new)
    if len(old_parts) < 2 or len(old_parts) != len(new_parts):
        return None
    result = list(lines)
    for old, fresh in zip(old_parts, new_parts, strict=True):
        places = _places(result, old, _same) if old else []
        if old and len(places) != 1:
            return None
        if old:
            result = _put(result, places[0], len(old), fresh)
    return result


def aider_udiff(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """The whole hunk where it is unique; else with fewer and fewer lines of context. Refuses what is not unique."""
    head = next((i for i, (a, b) in enumerate(zip(search, new, strict=False)) if a != b), min(len(search), len(new)))
    rest = min(len(search), len(new)) - head
    tail = next((i for i in range(rest) if search[-1 - i] != new[-1 - i]), rest)
    for dropped in range(head + tail + 1):
        for front in range(min(head, dropped), -1, -1):
            back = dropped - front
            if back > tail:
                continue
            old = search[front : len(search) - back]
            if len("".join(old).strip()) < 10:
                continue
            places = _places(lines, old, _same)
            if len(places) == 1:
                return _put(lines, places[0], len(old), new[front : len(new) - back])
            if len(places) > 1:
                return None
    return None


def codex(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact, right-stripped, stripped, punctuation normalised; the first hit of the first that has one."""
    for key in (_same, str.rstrip, str.strip, _canonical_stripped):
        if places := _places(lines, search, key):
            return _put(lines, places[0], len(search), new)
    return None


def cline_editor(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact text, once."""
    return _substring(lines, "\n".join(search), "\n".join(new))


def _substring(lines: Lines, old: str, new: str) -> list[str] | None:
    text = "\n".join(lines)
    return text.replace(old, new).split("\n") if old and text.count(old) == 1 else None


def cline_patch(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Canonical unicode, right-stripped, stripped, then the first window that is 0.66 alike."""
    for key in (_canonical, _canonical_right_stripped, _canonical_stripped):
        if places := _places(lines, search, key):
            return _put(lines, places[0], len(search), new)
    wanted = _canonical("\n".join(search))
    for start, window in _windows(lines, len(search)):
        if Levenshtein.normalized_similarity(wanted, _canonical("\n".join(window))) >= 0.66:
            return _put(lines, start, len(search), new)
    return None


def openhands(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact text once, else the stripped text once."""
    old, fresh = "\n".join(search), "\n".join(new)
    if "\n".join(lines).count(old):
        return _substring(lines, old, fresh)
    return _substring(lines, old.strip(), fresh.strip())


def zed(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Alignment of lines (replace 1, insert 3, delete 10), 80% of them alike; refuses equals; moves the indentation."""
    rows, columns = len(search), len(lines)
    alike = [[_lines_alike(line, other) for other in lines] for line in search]
    cost = [[0.0] * (columns + 1)]
    for i in range(1, rows + 1):
        row = [cost[-1][0] + 10]
        for j in range(1, columns + 1):
            step = 0 if alike[i - 1][j - 1] else 1
            row.append(min(cost[-1][j - 1] + step, row[-1] + 3, cost[-1][j] + 10))
        cost.append(row)
    least = min(cost[-1][1:], default=0)
    found = [place for j in range(1, columns + 1) if cost[-1][j] == least and (place := _trace(cost, alike, j))]
    good = [(start, stop) for start, stop, matched in found if matched / rows >= 0.8]
    if len(good) != 1:
        return None
    start, stop = good[0]
    return _put(lines, start, stop - start, _moved(new, search, lines[start:stop]))


def _lines_alike(one: str, other: str) -> bool:
    one, other = one.strip(), other.strip()
    return one == other or Levenshtein.normalized_similarity(one, other, score_cutoff=0.8) >= 0.8


def _trace(cost: Sequence[Sequence[float]], alike: Sequence[Sequence[bool]], end: int) -> tuple[int, int, int] | None:
    i, j, matched = len(cost) - 1, end, 0
    while i:
        step = 0 if j and alike[i - 1][j - 1] else 1
        if j and cost[i][j] == cost[i - 1][j - 1] + step:
            matched += step == 0
            i, j = i - 1, j - 1
        elif j and cost[i][j] == cost[i][j - 1] + 3:
            j -= 1
        else:
            i -= 1
    return (j, end, matched) if j < end else None


def copilot(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact text, trimmed lines, then a mean likeness above 0.95 in small files; refuses what is not unique."""
    text, old = "\n".join(lines), "\n".join(search)
    if text.count(old):
        return _substring(lines, old, "\n".join(new))
    for key in (str.strip, str.rstrip):
        if places := _places(lines, search, key):
            return _put(lines, places[0], len(search), new) if len(places) == 1 else None
    if len(search) > 20 or len(old) > 1000 or len(lines) > 1000:
        return None
    good = [
        start
        for start, window in _windows(lines, len(search))
        if sum(map(Levenshtein.normalized_similarity, window, search)) / len(search) > 0.95
    ]
    return _put(lines, good[0], len(search), new) if len(good) == 1 else None


def continue_dev(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact text, trimmed, without case, without white space; once each; indentation moved."""
    text, old, fresh = "\n".join(lines), "\n".join(search), "\n".join(new)
    for one, other, put in ((text, old, fresh), (text, old.strip(), fresh.strip())):
        if one.count(other):
            return _substring(lines, other, put)
    if text.lower().count(old.lower()) == 1 and len(text.lower()) == len(text):
        start = text.lower().index(old.lower())
        return (text[:start] + fresh + text[start + len(old) :]).split("\n")
    wanted = re.sub(r"\s", "", old)
    kept = [index for index, character in enumerate(text) if not character.isspace()]
    bare = "".join(text[index] for index in kept)
    if not wanted or bare.count(wanted) != 1:
        return None
    start = bare.index(wanted)
    first, last = kept[start], kept[start + len(wanted) - 1]
    begin = text.rfind("\n", 0, first) + 1
    if text[begin:first].strip():
        begin = first
    moved = "\n".join(_moved(new, search, text[begin : last + 1].split("\n")))
    return (text[:begin] + moved + text[last + 1 :]).split("\n")


def codecompanion(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Strategies of falling confidence; a lead of 0.15 over the second, else the next; at last the first of several."""
    fallback: int | None = None
    keys = ((_same, 1.0), (_spaces, 0.95), (_words, 0.93))
    for key, _confidence in keys:
        places = _places(lines, search, key)
        if len(places) == 1:
            return _put(lines, places[0], len(search), new)
        fallback = places[0] if places and fallback is None else fallback
    graded: list[tuple[float, int]] = []
    for start, window in _windows(lines, len(search)):
        equal = sum(a.strip() == b.strip() for a, b in zip(window, search, strict=True)) / len(search)
        anchored = window[0].strip() == search[0].strip() and window[-1].strip() == search[-1].strip()
        if equal >= 0.8 or (anchored and len(search) > 2 and equal >= 0.7):
            graded.append((equal, start))
    graded.sort(key=lambda pair: (-pair[0], pair[1]))
    if graded and (len(graded) == 1 or graded[0][0] - graded[1][0] >= 0.15):
        return _put(lines, graded[0][1], len(search), new)
    start = fallback if fallback is not None else graded[0][1] if graded else None
    return None if start is None else _put(lines, start, len(search), new)


def avante(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """A ladder of five comparisons by line over windows of equal length; the first window of the first that fits."""
    for key in (_same, str.rstrip, str.strip, _spaces, _unescaped):
        if places := _places(lines, search, key):
            return _put(lines, places[0], len(search), _moved(new, search, lines[places[0] :]))
    return None


def opencode(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Exact, trimmed lines, then equal ends: one such place whatever is between, of several the best above 0.3."""
    for key in (_same, str.strip):
        if places := _places(lines, search, key):
            return _put(lines, places[0], len(search), new) if len(places) == 1 else None
    if len(search) < 3:
        return None
    first, last = search[0].strip(), search[-1].strip()
    ends = [
        (start, next((stop for stop in range(start + 2, len(lines)) if lines[stop].strip() == last), -1))
        for start, line in enumerate(lines)
        if line.strip() == first
    ]
    graded = [(_middle(lines[start + 1 : stop], search[1:-1]), start, stop) for start, stop in ends if stop > 0]
    if not graded or (len(graded) > 1 and max(graded)[0] < 0.3):
        return None
    _, start, stop = max(graded)
    return _put(lines, start, stop + 1 - start, new)


def _middle(window: Lines, wanted: Lines) -> float:
    pairs = list(zip(window, wanted, strict=False))
    return sum(Levenshtein.normalized_similarity(a.strip(), b.strip()) for a, b in pairs) / len(pairs) if pairs else 0.0


RULES: dict[str, Rule] = {
    "Aider, blocks": aider_blocks,
    "Aider, udiff": aider_udiff,
    "Codex": codex,
    "Cline, editor": cline_editor,
    "Cline, patch": cline_patch,
    "OpenHands": openhands,
    "Zed": zed,
    "Copilot": copilot,
    "Continue": continue_dev,
    "codecompanion": codecompanion,
    "avante": avante,
    "opencode": opencode,
}
