"""What the server and the worker say to each other: names and plain data, imported by both sides.

One JSON object per line. A request is `{"id", "method", "params"}`, its answer `{"id", "result"}` or
`{"id", "error": {"kind", "message", "hint"}}`. What the worker says unasked is `{"method", "params"}`: `event` with a
record of the journal (`autogpt.wire.record_to_json`), `queued` with `Queued`, `failed` with `Failed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from autogpt.task import Task, UnsavedText

VERSION = 1
"""Raised when the two sides of an older and a newer release could misunderstand each other."""

EVENT, QUEUED, FAILED = "event", "queued", "failed"

ErrorKind = Literal["usage", "workspace", "environment", "model", "busy", "cancelled", "internal"]


@dataclass(frozen=True, slots=True)
class Hello:
    """Parameters of `hello`, the first request: limits that hold for the life of the worker. 0: chosen here."""

    max_runs: int = 0
    max_queued: int = 32


@dataclass(frozen=True, slots=True)
class Start:
    """Parameters of `start`. `run` is the id the run will have; `options` are settings of `autogpt.config` by name."""

    run: str
    task: Task
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Resume:
    """Parameters of `resume`: go on with an interrupted run from its own snapshot, with its own settings.

    `options` are today's, of which only those that guard the person hold; `changed` are given for this run. `unsaved`
    is for a run that had not begun: it is about what the person sees now.
    """

    run: str
    workspace: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    changed: dict[str, Any] = field(default_factory=dict[str, Any])
    unsaved: tuple[UnsavedText, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRef:
    """Parameters of `cancel`, `get`, `discard`, `hunks`, `record`: one run of one workspace."""

    run: str
    workspace: str = ""
    reason: str = "Cancelled."


@dataclass(frozen=True, slots=True)
class Steer:
    run: str
    message: str


@dataclass(frozen=True, slots=True)
class Places:
    """Parameters of `list`, `doctor` and `models`."""

    workspaces: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Text:
    """Parameters of `text`: one file as the run found it (`base`) or proposes it (`new`)."""

    run: str
    workspace: str
    side: Literal["base", "new"]
    path: str


@dataclass(frozen=True, slots=True)
class Diff:
    run: str
    workspace: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Parameters of `plan`: what applying would write. `current` holds open documents, the disk the rest."""

    run: str
    workspace: str
    files: tuple[str, ...] | None = None
    hunks: tuple[str, ...] | None = None
    current: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PlanRevert:
    """Parameters of `plan_revert`: what taking back the applied part would write."""

    run: str
    workspace: str
    current: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file of a plan. `before` and `after` are texts, None for no file; `raw` marks what no text edit can write."""

    path: str
    before: str | None
    after: str | None
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """A part of a plan that was left alone, with the line (from 1) in the file as it is, 0 for the whole file."""

    path: str
    reason: str
    line: int = 0
    hunk: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """Answer to `plan` and `plan_revert`. `hunks` are those that `writes` carry out."""

    writes: tuple[FileWrite, ...] = ()
    conflicts: tuple[Clash, ...] = ()
    hunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """Parameters of `applied` and `reverted`: what really happened to the files, for later reverts."""

    run: str
    workspace: str
    writes: tuple[FileWrite, ...]
    hunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteFiles:
    """Parameters of `write`: files that no text edit can write (binary, links), taken from the proposal."""

    run: str
    workspace: str
    paths: tuple[str, ...]
    revert: bool = False


@dataclass(frozen=True, slots=True)
class Hunk:
    """A part of a proposal that can be decided about by itself. Lines count from 0; sizes may be 0."""

    id: str
    path: str
    base_line: int
    base_count: int
    new_line: int
    new_count: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A run waits for others; `ahead` of it are so many."""

    run: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that could not go on; its journal says that it is interrupted."""

    run: str
    kind: ErrorKind
    message: str
    hint: str = ""
