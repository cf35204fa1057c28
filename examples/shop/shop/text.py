"""Small helpers for text."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return _WORD.findall(text.lower().replace("'", ""))


def slug(title: str) -> str:
    """The part of a web address that stands for a title: `Earl Grey, loose` becomes `earl-grey-loose`."""
    raise NotImplementedError


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, with `...` in place of what was cut."""
    if len(text) <= width:
        return text
    return text[: width - 3].rstrip() + "..."


def row(left: str, right: str, width: int) -> str:
    """One line with a text at the left and another flush right."""
    room = width - len(right) - 1
    return shorten(left, room).ljust(room) + " " + right
