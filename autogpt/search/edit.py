"""A program edit: a replacement of text, with what the search must know to order, report and pair it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]` of one file; with `parts` it stands for all of them and its own span is not used.

    `start` and `end` are character offsets into the file's decoded text, half open.
    """

    path: str
    start: int
    end: int
    text: str
    kind: str
    """Name of the operator, such as `compare-operator`."""
    where: str
    """Qualified name of the enclosing function, `` for the module's level."""
    line: int
    cost: float
    """Minus the logarithm of the prior: smaller is more natural. Suspicion is added by the ranking."""
    parts: tuple[Edit, ...] = field(default=())
    """The single edits of a double edit; their spans are disjoint."""

    def singles(self) -> tuple[Edit, ...]:
        """The replacements to make."""
        return self.parts or (self,)


def apply_edit(edit: Edit, texts: dict[str, str]) -> dict[str, str]:
    """New text by path, for the files that the edit touches."""
    by_path: dict[str, list[Edit]] = {}
    for single in edit.singles():
        by_path.setdefault(single.path, []).append(single)
    return {path: _replaced(texts[path], singles) for path, singles in by_path.items()}


def _replaced(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def are_disjoint(one: Edit, other: Edit) -> bool:
    """Whether two edits can be made together: no shared character, no two insertions at one place."""
    return all(a.path != b.path or _apart(a, b) for a in one.singles() for b in other.singles())


def _apart(one: Edit, other: Edit) -> bool:
    first, second = sorted((one, other), key=lambda edit: (edit.start, edit.end))
    return first.end <= second.start and first.start != second.start


def paired(one: Edit, other: Edit) -> Edit:
    """Both edits as one. The costs add, and a pair that spans functions pays a little more."""
    apart = 0.0 if one.where == other.where and one.path == other.path else 1.0
    parts = one.singles() + other.singles()
    return Edit(
        one.path, one.start, one.end, one.text, f"{one.kind}+{other.kind}", one.where, one.line,
        one.cost + other.cost + apart, parts,
    )  # fmt: skip
