"""The inside of edit blocks: SEARCH/REPLACE pairs, hunks of a diff, the text of a symbol or file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from autogpt.edits.base import (
    Delete,
    Edit,
    Hunk,
    ParsedAnswer,
    Rename,
    SearchReplace,
    SymbolEdit,
    UnifiedDiff,
    WholeFile,
)
from autogpt.edits.policy import normalize

_SEARCH = re.compile(r"^\s*(<{5,})\s*SEARCH\b.*$")
_REPLACE = re.compile(r"^\s*(>{5,})\s*REPLACE\b.*$")
_DIVIDER = re.compile(r"^\s*(={5,})\s*$")
_NUMBERED = re.compile(r"^\s*(\d+)(?:\s?[|:│→]\s?|\t)(.*)$")
_HUNK = re.compile(r"^@@(?:\s*-\d+(?:,\d+)?\s+\+\d+(?:,\d+)?)?\s*(?:@@)?\s*(?P<scope>.*)$")


def replace_edits(path: str, body: str, scope: str) -> ParsedAnswer:
    """All SEARCH/REPLACE pairs of a block."""
    edits: list[Edit] = []
    problems: list[str] = []
    lines = body.split("\n")
    index = 0
    while index < len(lines):
        if not (start := _SEARCH.match(lines[index])):
            index += 1
            continue
        end = next((n for n in range(index + 1, len(lines)) if _REPLACE.match(lines[n])), None)
        if end is None:
            problems.append(f"{path}: a SEARCH block has no end; close it with `>>>>>>> REPLACE`.")
            break
        inner = lines[index + 1 : end]
        dividers = _dividers(inner, len(start[1]))
        if len(dividers) != 1:
            problems.append(_divider_problem(path, len(dividers)))
        else:
            old, new = inner[: dividers[0]], inner[dividers[0] + 1 :]
            edits.append(SearchReplace(path, _joined(unnumbered(old)), _joined(unnumbered(new)), scope))
        index = end + 1
    if not edits and not problems:
        problems.append(f"{path}: a `replace` edit needs `<<<<<<< SEARCH`, `=======` and `>>>>>>> REPLACE`.")
    return ParsedAnswer(tuple(edits), problems=tuple(problems))


def _dividers(lines: Sequence[str], length: int) -> list[int]:
    """Where the divider is; with several, that of the marker's own length."""
    found = [(number, len(match[1])) for number, line in enumerate(lines) if (match := _DIVIDER.match(line))]
    return [number for number, size in found if size == length] if len(found) > 1 else [number for number, _ in found]


def _divider_problem(path: str, count: int) -> str:
    if count:
        return (
            f"{path}: `=======` occurs in the text itself; use longer marks, like `<<<<<<<<< SEARCH` and `=========`."
        )
    return f"{path}: a SEARCH block has no `=======` line between SEARCH and REPLACE."


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + ("\n" if lines else "")


def unnumbered(lines: Sequence[str]) -> list[str]:
    """Lines without the numbers that a model copied from a listing: only when every line counts one up."""
    matches = [_NUMBERED.match(line) for line in lines if line.strip()]
    if len(matches) < 2 or not all(matches):
        return list(lines)
    numbers = [int(match[1]) for match in matches if match]
    if any(two - one != 1 for one, two in itertools.pairwise(numbers)):
        return list(lines)
    return [match[2] if (match := _NUMBERED.match(line)) else "" for line in lines]


def symbol_edit(path: str, symbol: str, body: str) -> ParsedAnswer:
    if not symbol:
        return ParsedAnswer(
            problems=(f"{path}: a `symbol` edit needs a name, as in `edit symbol {path}::Class.method`.",)
        )
    return ParsedAnswer((SymbolEdit(path, symbol, _text(body)),))


def whole_file(path: str, body: str) -> ParsedAnswer:
    return ParsedAnswer((WholeFile(path, _text(body)),))


def _text(body: str) -> str:
    lines = unnumbered(_unwrapped(body).split("\n"))
    while lines and not lines[-1].strip():
        lines.pop()
    return _joined(lines)


def _unwrapped(body: str) -> str:
    """Without a second fence that wraps the whole text."""
    match = re.fullmatch(r"\s*(`{3,}|~{3,})[\w+-]*\n(.*)\n\1\s*", body, re.DOTALL)
    return match[2] if match else body


def diff_edits(path: str, body: str) -> ParsedAnswer:
    """Edits of a unified diff, of one file or several; `path` stands for files that the diff does not name."""
    edits: list[Edit] = []
    problems: list[str] = []
    files = _files(body)
    for old, new, lines in files:
        name = (path if len(files) == 1 else "") or (new if new != "/dev/null" else old)
        if not name:
            problems.append("A diff names no file; begin it with `--- a/PATH` and `+++ b/PATH`.")
        elif new == "/dev/null":
            edits.append(Delete(old or name))
        elif not (hunks := _hunks(lines)):
            if old == new or not old:
                problems.append(f"{name}: the diff has no hunk with `-` or `+` lines.")
        elif old == "/dev/null":
            edits.append(WholeFile(name, "".join(hunk.new for hunk in hunks)))
        else:
            if old and new and old != new and not path and name == new:
                edits.append(Rename(old, new))
            edits.append(UnifiedDiff(name, hunks))
    if not edits and not problems:
        problems.append(f"{path}: the diff has no hunk with `-` or `+` lines.")
    return ParsedAnswer(tuple(edits), problems=tuple(problems))


def _files(body: str) -> list[tuple[str, str, list[str]]]:
    """(old path, new path, lines) for each file of a diff; paths "" without `---` and `+++`."""
    files: list[tuple[str, str, list[str]]] = []
    lines = body.split("\n")
    index = 0
    while index < len(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if lines[index].startswith("--- ") and following.startswith("+++ "):
            files.append((_diff_path(lines[index]), _diff_path(following), []))
            index += 2
            continue
        if not files:
            files.append(("", "", []))
        files[-1][2].append(lines[index])
        index += 1
    return [file for file in files if file[0] or file[1] or any(line.startswith(("+", "-")) for line in file[2])]


def _diff_path(line: str) -> str:
    name = line[4:].split("\t", maxsplit=1)[0].strip().strip('"')
    return name if name == "/dev/null" else normalize(re.sub(r"^[abciow]/", "", name))


def _hunks(lines: Sequence[str]) -> tuple[Hunk, ...]:
    hunks: list[tuple[str, list[str]]] = []
    for line in lines:
        if match := _HUNK.match(line):
            hunks.append((match["scope"], []))
        elif not line.startswith(
            ("diff --git", "index ", "new file", "deleted file", "similarity", "rename ", "\\ No")
        ):
            if not hunks:
                hunks.append(("", []))
            hunks[-1][1].append(line)
    made = [_hunk(body) for _, body in hunks]
    return tuple(hunk for hunk in made if hunk is not None)


def _hunk(body: Sequence[str]) -> Hunk | None:
    if not any(line.startswith(("+", "-")) for line in body):
        return None
    trimmed = list(body)
    while trimmed and not trimmed[-1].strip():
        trimmed.pop()
    old = [line[1:] if line[:1] in (" ", "-") else line for line in trimmed if not line.startswith("+")]
    new = [line[1:] if line[:1] in (" ", "+") else line for line in trimmed if not line.startswith("-")]
    return Hunk(_joined(old), _joined(new))
