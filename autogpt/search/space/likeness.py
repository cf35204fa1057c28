"""How likely a person is to write one name for another: alike in letters, in words or in role."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

OPPOSITES = (
    ("min", "max"), ("first", "last"), ("start", "end"), ("start", "stop"), ("left", "right"), ("low", "high"),
    ("lower", "upper"), ("width", "height"), ("x", "y"), ("row", "col"), ("rows", "cols"), ("key", "value"),
    ("keys", "values"), ("src", "dst"), ("source", "target"), ("prev", "next"), ("before", "after"), ("old", "new"),
    ("begin", "end"), ("head", "tail"), ("open", "close"), ("push", "pop"), ("get", "set"), ("add", "remove"),
    ("parent", "child"), ("parents", "children"), ("in", "out"), ("top", "bottom"), ("read", "write"), ("a", "b"),
    ("i", "j"), ("m", "n"), ("p", "q"), ("encode", "decode"), ("any", "all"), ("append", "extend"), ("true", "false"),
    ("index", "value"), ("total", "count"), ("sum", "count"), ("from", "to"), ("name", "value"), ("real", "imag"),
    ("numerator", "denominator"), ("self", "other"), ("lo", "hi"), ("inner", "outer"), ("is", "not"),
    ("positive", "negative"), ("load", "dump"), ("loads", "dumps"), ("input", "output"), ("inc", "dec"),
    ("args", "kwargs"), ("fg", "bg"), ("prefix", "suffix"), ("column", "line"), ("hour", "minute"), ("minute",
    "second"),
    ("day", "month"), ("month", "year"), ("startswith", "endswith"), ("lstrip", "rstrip"), ("strip", "rstrip"),
    ("find", "rfind"), ("split", "rsplit"), ("union", "intersection"),
)  # fmt: skip

_PAIRS = frozenset(OPPOSITES) | frozenset((b, a) for a, b in OPPOSITES)


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """From 0, nothing in common, to 1, easily taken for each other."""
    if one == other:
        return 1.0
    if (one, other) in _PAIRS:
        return 0.95
    a, b = words(one), words(other)
    if one.strip("_") == other.strip("_") or a == b:
        return 0.95
    shared = len(set(a) & set(b))
    if len(a) == len(b):
        different = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
        if len(different) == 1 and (different[0] in _PAIRS or shared):
            return 0.9 if different[0] in _PAIRS else 0.7
    if one + "s" == other or other + "s" == one:
        return 0.9
    by_words = shared / max(len(set(a) | set(b)), 1)
    return max(by_words, _letters(one, other) * 0.8)


@lru_cache(maxsize=65536)
def words(name: str) -> tuple[str, ...]:
    """The lower case words of a snake or camel case name."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _letters(one: str, other: str) -> float:
    """Share of letters in the common prefix and suffix, and 0 for names too short to tell."""
    if min(len(one), len(other)) < 3:
        return 0.4 if len(one) == len(other) == 1 else 0.1
    size = min(len(one), len(other))
    prefix = next((i for i in range(size) if one[i] != other[i]), size)
    suffix = next((i for i in range(size - prefix) if one[-1 - i] != other[-1 - i]), size - prefix)
    return (prefix + suffix) / max(len(one), len(other))
