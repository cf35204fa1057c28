"""Edits as a model means them and what became of them, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SymbolEdit:
    """The new text of one function, method or class. `symbol` is its qualified name, `Class.method`."""

    path: str
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchReplace:
    """Lines to find and what to put there. `scope` is a qualified name outside of which nothing may match."""

    path: str
    search: str
    replace: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The whole new text of a file, which may exist or not."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk as its old and its new lines; line numbers of models are wrong too often to be kept."""

    old: str
    new: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class UnifiedDiff:
    path: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Move `path` to `new`, both relative to the workspace; `new` must not exist."""

    path: str
    new: str


Edit = SymbolEdit | SearchReplace | WholeFile | UnifiedDiff | Delete | Rename


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """An answer taken apart. With `problems` the edits are incomplete and must not be applied."""

    edits: tuple[Edit, ...] = ()
    prose: str = ""
    problems: tuple[str, ...] = ()
    """Sentences for the model: what could not be read and what to send instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file that an edit may mean: `first` and `last` count from 1, both inside; `score` is 0 to 1."""

    first: int
    last: int
    text: str
    score: float = 1.0
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an edit was not applied, and exactly what to send instead."""

    path: str
    reason: str
    places: tuple[Place, ...] = ()
    corrected: str = ""
    """A SEARCH text that occurs exactly once, when one could be made."""

    def message(self) -> str:
        """The refusal as the model reads it: reason, numbered candidates, corrected SEARCH."""
        parts = [f"{self.path}: {self.reason}"]
        for place in self.places:
            inside = f", in {place.symbol}" if place.symbol else ""
            lines = f"Line {place.first}" if place.first == place.last else f"Lines {place.first}-{place.last}"
            parts.append(f"{lines}{inside} ({place.score:.0%} alike):\n{place.text}")
        if self.corrected:
            for place in self.places[1:]:
                if place.symbol and place.symbol != self.places[0].symbol:
                    header = f"edit replace {self.path} in {place.symbol}"
                    parts.append(f"If you mean line {place.first}, name its symbol in the header: `{header}`")
            these = "the first of these" if len(self.places) > 1 else "these lines"
            parts.append(f"If you mean {these}, send this SEARCH text as it is:\n{self.corrected}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Applied:
    """All edits of a reply were applied. `notes` say what was mended on the way."""

    change: Mapping[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was applied, because at least one edit of the reply was refused."""

    refusals: tuple[Refusal, ...]

    def message(self) -> str:
        """All refusals for the next prompt."""
        body = "\n\n".join(refusal.message() for refusal in self.refusals)
        return f"Nothing of your answer was applied. Send all its edits again, with these corrected.\n\n{body}"
