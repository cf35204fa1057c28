"""A file as lines that remember their bytes: what an edit does not touch comes back exactly as it was."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|$)")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""PEP 263: an encoding declared in a comment on one of the first two lines."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ALIGNED_LINES = 2_000
"""Above so many lines on a side the endings of replaced lines are not aligned one by one (quadratic)."""


@dataclass(frozen=True, slots=True)
class Document:
    """`lines` without their endings, `ends` the ending of each; the last is "" without a final newline."""

    lines: tuple[str, ...]
    ends: tuple[str, ...]
    encoding: str = "utf-8"
    bom: bytes = b""

    @property
    def text(self) -> str:
        """The text with every line ending as one newline."""
        return "".join(line + ("\n" if end else "") for line, end in zip(self.lines, self.ends, strict=True))

    def to_bytes(self) -> bytes:
        """Raise `UnicodeEncodeError` when new text does not fit the file's encoding."""
        body = "".join(line + end for line, end in zip(self.lines, self.ends, strict=True))
        return self.bom + body.encode(self.encoding)

    def splice(self, start: int, stop: int, new: Sequence[str]) -> Document:
        """Lines `start` to `stop` (zero-based, exclusive) replaced; lines that stay keep their own ending."""
        old, old_ends = self.lines[start:stop], self.ends[start:stop]
        ends = _new_ends(old, old_ends, new, self._ending_near(start))
        before, before_ends = self.lines[:start], self.ends[:start]
        at_end = stop == len(self.lines)
        if at_end and ends and self.ends and not self.ends[-1]:
            ends[-1] = ""
        if before_ends and not before_ends[-1] and ends:
            before_ends = (*before_ends[:-1], self._ending_near(start))
            ends[-1] = ""
        return replace(
            self,
            lines=(*before, *new, *self.lines[stop:]),
            ends=(*before_ends, *ends, *self.ends[stop:]),
        )

    def _ending_near(self, index: int) -> str:
        for end in reversed(self.ends[max(0, index - 1) : index + 1]):
            if end:
                return end
        counts = Counter(end for end in self.ends if end)
        return counts.most_common(1)[0][0] if counts else "\n"


def _new_ends(old: Sequence[str], ends: Sequence[str], new: Sequence[str], default: str) -> list[str]:
    known = next((end for end in ends if end), default)
    result = [known] * len(new)
    if len(set(ends)) <= 1 or max(len(old), len(new)) > _ALIGNED_LINES:
        return result
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        nearest = ends[max(0, min(i1, len(ends) - 1))] or known
        for offset in range(j2 - j1):
            kept = ends[i1 + offset] if tag != "insert" and i1 + offset < i2 else nearest
            result[j1 + offset] = kept or known
    return result


def split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines and endings; only what a compiler takes for a line ending counts, never a form feed or U+2028."""
    if "\r" not in text:
        lines = text.split("\n")
        final = lines.pop() if not lines[-1] else None
        ends = ["\n"] * len(lines)
        if final is None:
            ends[-1] = ""
        return tuple(lines), tuple(ends)
    pairs = [(match[1], match[2]) for match in _LINE.finditer(text)]
    while pairs and pairs[-1] == ("", ""):
        pairs.pop()
    return tuple(line for line, _ in pairs), tuple(end for _, end in pairs)


def read_document(data: bytes) -> Document | None:
    """The file as text, or None for a binary one. Encoding: BOM, declared, UTF-8, else Latin-1 (which keeps bytes)."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :], encoding, bom)
    if b"\0" in data:
        return None
    for encoding in (*_declared(data), "utf-8", "latin-1"):
        document = _decoded(data, encoding, b"")
        if document is not None:
            return document
    return None


def new_document(text: str) -> Document:
    """A file that did not exist: UTF-8, newlines, and a final one."""
    lines, _ = split(text)
    return Document(lines, tuple("\n" for _ in lines))


def _declared(data: bytes) -> tuple[str, ...]:
    for line in data.split(b"\n", 2)[:2]:
        if match := _COOKIE.match(line):
            return (match[1].decode("ascii"),)
    return ()


def _decoded(data: bytes, encoding: str, bom: bytes) -> Document | None:
    try:
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            return None
    except (UnicodeError, LookupError):
        return None
    lines, ends = split(text)
    return Document(lines, ends, encoding, bom)
