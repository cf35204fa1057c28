"""How two lines compare when spelling, tabs and indentation are forgiven: pure functions on single lines."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

TAB = 4
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad"),
        "\u2026": "...",
    }
)
_WORD = re.compile(r"\w")
_SPACES = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is the text without indentation, spelling normalised; `indent` its leading white space as written."""

    text: str
    key: str
    indent: str
    weight: float


@functools.lru_cache(maxsize=65_536)
def read_line(text: str) -> Line:
    """What matching needs to know of a line; cached, since the lines of an edit come back."""
    bare = text.lstrip(" \t\u00a0\u3000")
    key = key_of(text)
    return Line(text, key, text[: len(text) - len(bare)], _weight(key))


def key_of(text: str) -> str:
    """The text without the white space around it, its spelling normalised. Fast, for all the lines of a large file."""
    key = text.strip(" \t\r\f\u00a0\u3000")
    if key.isascii():
        return _SPACES.sub(" ", key) if "  " in key or "\t" in key else key
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", key.translate(_LOOKALIKES))).strip()


def _weight(key: str) -> float:
    """How much a line says about its place: nothing when blank, little for a bracket or a keyword."""
    if not key:
        return 0.05
    words = len(_WORD.findall(key))
    return 0.2 if words == 0 else 0.5 if words < 6 else 1.0


def width(indent: str) -> int:
    """Columns of leading white space."""
    return len(indent.expandtabs(TAB))


@functools.lru_cache(maxsize=262_144)
def alike(one: str, other: str) -> float:
    """1 for equal keys; others are graded by edit distance, at most 0.8, and 0 below 0.5."""
    if one == other:
        return 1.0
    ratio = Levenshtein.normalized_similarity(one, other, score_cutoff=0.5)
    return 0.8 * ratio


def is_version(one: str, other: str) -> bool:
    """Whether a key may be a changed version of another, which an edit says of two lines that it puts in one place."""
    return Levenshtein.normalized_similarity(one, other) >= 0.4
