"""What differs between two texts, in whole lines as editors count them: the parts a person decides about. Pure."""

from __future__ import annotations

import codecs
import re

from autogpt.differing import Block, differing

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAX_COMPARED = 20_000
"""Lines compared one by one; a longer changed middle is one block."""


def split_lines(text: str) -> list[str]:
    """Lines with their ends; the last one has none and may be empty."""
    lines = _LINES.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def decoded(data: bytes | None) -> str | None:
    """The text an editor shows for these bytes, without a byte order mark; None for no file and for what is no text."""
    if data is None:
        return None
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def blocks(old: list[str], new: list[str]) -> list[Block]:
    """The differing parts, top to bottom."""
    return differing(old, new, MAX_COMPARED)
