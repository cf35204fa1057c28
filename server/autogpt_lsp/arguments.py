"""The argument of a command, checked field by field: what is wrong is said in a sentence, nothing is guessed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lsprotocol import types

from autogpt.errors import UsageError
from autogpt_lsp.uris import shorten

MAX_TEXT = 100_000
"""Characters of a task, comment or message; more is no task but a paste by mistake."""
MAX_ITEMS = 10_000
_MAX_NUMBER = 2**31 - 1


class Arguments:
    """One JSON object given to a command. Fields that the command does not know are refused."""

    def __init__(self, command: str, given: Mapping[str, Any], known: Collection[str]) -> None:
        self._command, self._given = command, given
        for name in given:
            if name not in known:
                raise UsageError(f"`{command}` knows no field `{shorten(str(name), 40)}`.")

    def text(self, name: str, *, limit: int = MAX_TEXT) -> str:
        """A string that says something."""
        value = self.optional_text(name, limit=limit)
        if value is None or not value.strip():
            raise UsageError(f"`{self._command}` needs `{name}`, a string that is not empty.")
        return value

    def optional_text(self, name: str, *, limit: int = MAX_TEXT) -> str | None:
        value = self._given.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        if len(value) > limit:
            raise UsageError(f"`{name}` has {len(value)} characters; {limit} is the limit.")
        return clean(value)

    def optional_texts(self, name: str) -> tuple[str, ...] | None:
        value = self._given.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or len(value) > MAX_ITEMS:
            raise self._wrong(name, "a list of strings")
        return tuple(clean(item) for item in value)

    def optional_range(self, name: str = "range") -> types.Range | None:
        value = self._given.get(name)
        return None if value is None else range_of(value, name)

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        value = self._given.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "a list of objects")
        return value[:MAX_ITEMS]

    def flag(self, name: str) -> bool:
        value = self._given.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return bool(value)

    def value(self, name: str) -> Any:
        return self._given.get(name)

    def _wrong(self, name: str, wanted: str) -> UsageError:
        return UsageError(f"`{name}` of `{self._command}` must be {wanted}.")


def range_of(value: Any, name: str) -> types.Range:
    """A range as LSP writes it, its end not before its start."""
    try:
        ends = [
            types.Position(_number(value[end]["line"]), _number(value[end]["character"])) for end in ("start", "end")
        ]
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"`{name}` must be a range of LSP: `start` and `end` with `line` and `character`.") from None
    start, end = ends
    if (end.line, end.character) < (start.line, start.character):
        raise UsageError(f"`{name}` ends before it starts.")
    return types.Range(start, end)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_NUMBER:
        raise ValueError(value)
    return value


def clean(text: str) -> str:
    """Without halves of surrogate pairs, which no file and no journal could hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
