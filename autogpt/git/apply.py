"""A proposal becomes files: three-way against what they are by then, all or nothing, and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.errors import UsageError, WorkspaceError
from autogpt.git import applied, differences, files
from autogpt.git.files import Content
from autogpt.git.merge import three_way
from autogpt.git.repository import Repository
from autogpt.git.store import Hunk, Store
from autogpt.models.base import Change


@dataclass(frozen=True)
class Conflict:
    """A file that the proposal and somebody else changed in ways that do not go together; `line` from 1, or 0."""

    path: str
    reason: str
    line: int = 0


@dataclass(frozen=True)
class ApplyPlan:
    """What would be written; with conflicts nothing is. Files that have the change already are in neither."""

    writes: Change = field(default_factory=dict[str, "bytes | None"])
    conflicts: tuple[Conflict, ...] = ()
    executable: frozenset[str] = frozenset()
    """Those of `writes` that are programs."""
    before: Mapping[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    """What the plan took for the present content of each of `writes`."""


@dataclass(frozen=True)
class Reverted:
    restored: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Files left as they are, since later edits touch the same lines."""


def plan_apply(
    store: Store,
    base: str,
    commit: str,
    *,
    current: Callable[[str], bytes | None],
    files: Sequence[str] | None = None,
    hunks: Sequence[str] | None = None,
) -> ApplyPlan:
    """Work out the change from `base` to `commit` on the present content, as `current` tells it.

    `files` and `hunks` (ids of `Store.hunks`) choose a part. Raise `UsageError` for an id that does not exist.
    """
    raw_base, raw_commit = store.raw_pair(base, commit)
    chosen = _chosen(store, base, commit, hunks) if hunks is not None else None
    writes, before = dict[str, "bytes | None"](), dict[str, "bytes | None"]()
    conflicts: list[Conflict] = []
    for path in differences.changed_paths(store.private, raw_base, raw_commit):
        if (files is not None and path not in files) or (chosen is not None and path not in chosen):
            continue
        old, new, now = store.read(raw_base, path), store.read(raw_commit, path), current(path)
        if chosen is not None and chosen[path][0].lines and old is not None:
            new = _partial(old, new, chosen[path], len(differences.hunks_of(store.private, raw_base, raw_commit, path)))
        outcome = _outcome(path, old, new, now)
        if isinstance(outcome, Conflict):
            conflicts.append(outcome)
        elif outcome[0] != now:
            writes[path], before[path] = outcome[0], now
    programs = frozenset(path for path in writes if store.is_executable(raw_commit, path))
    return ApplyPlan(writes, tuple(conflicts), programs, before)


def _chosen(store: Store, base: str, commit: str, ids: Sequence[str]) -> dict[str, list[Hunk]]:
    known = {hunk.id: hunk for hunk in store.hunks(base, commit)}
    found: dict[str, list[Hunk]] = {}
    for id in ids:
        if id not in known:
            raise UsageError(f"The proposal has no hunk `{id}`.", "Look at the proposal again; it may have changed.")
        found.setdefault(known[id].path, []).append(known[id])
    return found


def _partial(old: bytes, new: bytes | None, chosen: Sequence[Hunk], total: int) -> bytes | None:
    return new if len(chosen) == total else differences.with_hunks(old, chosen)


def _outcome(path: str, old: bytes | None, new: bytes | None, now: bytes | None) -> tuple[bytes | None] | Conflict:
    """The content that the file gets, or why it gets none."""
    if now in (old, new):
        return (new,)
    if old is None:
        return Conflict(path, "a file of this name was made meanwhile")
    if now is None:
        return Conflict(path, "the file was deleted or moved meanwhile")
    if new is None:
        return Conflict(path, "the proposal deletes a file that was changed meanwhile")
    merged = three_way(old, now, new)
    return Conflict(path, merged.conflict, merged.line) if merged.conflict else (merged.data,)


def apply_to_files(repository: Repository, plan: ApplyPlan, record: Path) -> None:
    """Write a plan into the workspace, all or nothing, and `record` what was there, so that it can be taken back.

    A plan with conflicts writes nothing. Raise `WorkspaceError` when a file changed since the plan was made or cannot
    be written; then all files are as before.
    """
    if plan.conflicts or not plan.writes:
        return
    steps: list[applied.Step] = []
    for path, data in plan.writes.items():
        there = files.read(repository.workspace, path)
        if (there.data if there else None) != plan.before[path]:
            raise WorkspaceError(f"{path} changed just now.", "Apply again.")
        if there is not None and there.link and data is not None:
            raise files.Refused(path, "is a symbolic link")
        after = None if data is None else Content(data, path in plan.executable)
        steps.append(applied.Step(path, there, after))
    applied.carry_out(repository.workspace, steps, record)


def revert_files(repository: Repository, record: Path) -> Reverted:
    """Take back what was applied, and nothing else: later edits stay, and where they touch the same lines, so does all.

    The record keeps what could not be taken back. Raise `UsageError` when nothing was applied.
    """
    steps = applied.load(record)
    if not steps:
        raise UsageError("Nothing was applied here.")
    undo: list[applied.Step] = []
    conflicts: list[Conflict] = []
    for step in reversed(steps):
        now = files.read(repository.workspace, step.path)
        outcome = _outcome(step.path, _data(step.after), _data(step.before), _data(now))
        if isinstance(outcome, Conflict):
            conflicts.append(outcome)
            continue
        shape = step.before or now or Content(b"")
        wanted = None if outcome[0] is None else Content(outcome[0], shape.executable, shape.link)
        undo.append(applied.Step(step.path, now, wanted))
    applied.take_back(repository.workspace, undo, record, kept={conflict.path for conflict in conflicts})
    return Reverted(tuple(sorted(step.path for step in undo)), tuple(conflicts))


def _data(content: Content | None) -> bytes | None:
    return content.data if content else None
