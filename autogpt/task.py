"""What a person asks for: plain data, without I/O, shared by the command line, the worker and the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text as the Language Server Protocol counts: zero-based line, zero-based UTF-16 code unit."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """`end` is exclusive, as in the Language Server Protocol."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Target:
    """The place the task is about. `path` is relative to the workspace, with `/`; no range means the whole file."""

    path: str
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class UnsavedText:
    """What an editor shows for a file but has not written. Line endings are those of the buffer."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark of the reviewer on a proposal; without a path it is about the whole of it."""

    text: str
    path: str = ""
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One request. `implement` does what `text` says, `fix` turns failing tests green, `refine` continues a run."""

    kind: Literal["implement", "fix", "refine"]
    workspace: str
    """Absolute path of the folder the task is about; it may lie inside a larger repository."""
    text: str = ""
    target: Target | None = None
    tests: tuple[str, ...] = ()
    """Test ids, files or folders that name the goal; empty with `fix` means every failing test."""
    unsaved: tuple[UnsavedText, ...] = ()
    parent: str = ""
    """The run that `refine` continues."""
    comments: tuple[Comment, ...] = ()

    def title(self) -> str:
        """One line that names the task for a list or a branch."""
        return " ".join(self._asked().split())

    def headline(self, length: int = 100) -> str:
        """The first line of what is asked for, cut to a length: a task may be a page."""
        first, _, more = self._asked().strip().partition("\n")
        line = " ".join(first.split())
        return line if len(line) <= length and not more else line[: length - 2].rstrip() + " …"

    def _asked(self) -> str:
        if self.text.strip():
            return self.text
        if self.comments:
            return self.comments[0].text
        return "Fix " + (", ".join(self.tests) if self.tests else "the failing tests")
