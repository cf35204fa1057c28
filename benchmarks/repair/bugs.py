"""The set of bugs as data: one JSON object a line, with offsets into the packages' files and no more of their text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from cattrs import structure

from benchmarks.repair import mutate

BUGS = Path(__file__).with_name("bugs.jsonl")


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug. `edits` are (start, end, new) in characters of the original file, whose SHA-256 begins with `digest`."""

    id: str
    package: str
    version: str
    half: str
    kinds: tuple[str, ...]
    """One for a single bug, two for a double one."""
    file: str
    functions: tuple[str, ...]
    digest: str
    edits: tuple[tuple[int, int, str], ...]
    failing: tuple[str, ...]
    """Test functions that fail and are shown."""
    hidden: tuple[str, ...]
    """Test functions that fail and are not shown."""
    keep: dict[str, tuple[int, ...]]
    """First lines of the test functions that are shown, by file."""

    @property
    def scope(self) -> str:
        """`single`, `double in one function` or `double in two functions`."""
        if len(self.edits) == 1:
            return "single"
        return "double in one function" if len(self.functions) == 1 else "double in two functions"


def load_bugs(path: Path = BUGS) -> list[Bug]:
    """Raise a cattrs error when the file does not hold bugs."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [structure(json.loads(line), Bug) for line in lines if line]


def save_bugs(bugs: Iterable[Bug], path: Path = BUGS) -> None:
    lines = [json.dumps(asdict(bug), ensure_ascii=False, separators=(",", ":")) for bug in bugs]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def read_source(path: Path) -> str:
    """The text with its line endings as they are, so that offsets fit."""
    return path.read_bytes().decode("utf-8")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def put_in(bug: Bug, tree: Path) -> None:
    """Make the bug in a tree that holds the original. Raise `ValueError` when the file is another one."""
    path = tree / bug.file
    text = read_source(path)
    if digest(text) != bug.digest:
        raise ValueError(f"{bug.file} of {bug.package} is not the file that {bug.id} was made for")
    path.write_bytes(mutate.apply(text, *(mutate.Edit(*edit) for edit in bug.edits)).encode("utf-8"))
