"""What a run proposes, file by file: its texts, its hunks, and the plan of applying some of them to what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autogpt.agent import manage
from autogpt.errors import UsageError
from autogpt.git.blocks import decoded
from autogpt.git.store import Store
from autogpt.worker.hunks import hunks_of, merge, same_text
from autogpt.worker.protocol import Clash, FileWrite, Hunk, Plan, Planned, RunRef, Text, WriteFiles


def text(asked: Text) -> str | None:
    """One side of one file; None for no file and for what is no text. Raise `UsageError` for an unknown run."""
    with manage.opened(Path(asked.workspace), asked.run) as (_, store, state, folder):
        base, commit = manage.proposed(store, state, folder)
        return decoded(store.read(base if asked.side == "base" else commit, asked.path))


def hunks(ref: RunRef) -> tuple[Hunk, ...]:
    """All hunks of a proposal, file by file."""
    with manage.opened(Path(ref.workspace), ref.run) as (_, store, state, folder):
        base, commit = manage.proposed(store, state, folder)
        return tuple(hunk for path, old, new in _files(store, base, commit) for hunk in _hunks(path, old, new))


def plan(asked: Plan) -> Planned:
    """What applying would write. Hunks that clash are listed, everything else is planned."""
    with manage.opened(Path(asked.workspace), asked.run) as (repository, store, state, folder):
        base, commit = manage.proposed(store, state, folder)
        files = list(_files(store, base, commit))
        _check(asked, files)
        writes: list[FileWrite] = []
        clashes: list[Clash] = []
        done: list[str] = []
        for path, old, new in files:
            if asked.files is not None and path not in asked.files:
                continue
            if asked.hunks is not None and not any(hunk.id in asked.hunks for hunk in _hunks(path, old, new)):
                continue
            disk = manage.read_file(repository.workspace, path)
            write, names, found = _plan_file(path, old, new, disk, asked)
            writes += [write] if write else []
            done += names
            clashes += found
        return Planned(tuple(writes), tuple(clashes), tuple(done))


def write(asked: WriteFiles) -> list[str]:
    """Write files that no text edit can write, from the proposal, and put them on record; or take them back."""
    from autogpt.git import files
    from autogpt.git.applied import Step, carry_out
    from autogpt.worker.applied import write_back

    if asked.revert:
        return write_back(asked)
    with manage.opened(Path(asked.workspace), asked.run) as (repository, store, state, folder):
        _, commit = manage.proposed(store, state, folder)
        steps: list[Step] = []
        for path in asked.paths:
            data = store.read(commit, path)
            bits = store.is_executable(commit, path), store.is_link(commit, path)
            after = None if data is None else files.Content(data, *bits)
            steps.append(Step(path, files.read(repository.workspace, path), after))
        carry_out(repository.workspace, steps, folder / manage.RECORD)
        return list(asked.paths)


def _files(store: Store, base: str, commit: str) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    for stat in store.stats(base, commit):
        yield stat.path, store.read(base, stat.path), store.read(commit, stat.path)


def _hunks(path: str, old: bytes | None, new: bytes | None) -> tuple[Hunk, ...]:
    return hunks_of(path, decoded(old), decoded(new))


def _check(asked: Plan, files: list[tuple[str, bytes | None, bytes | None]]) -> None:
    paths = {path for path, _, _ in files}
    for path in asked.files or ():
        if path not in paths:
            raise UsageError(f"Run {asked.run} does not change {path}.", "It changes " + ", ".join(sorted(paths)) + ".")
    known = {hunk.id for path, old, new in files for hunk in _hunks(path, old, new)} if asked.hunks else set[str]()
    for name in asked.hunks or ():
        if name not in known:
            raise UsageError(f"Run {asked.run} has no hunk `{name[:40]}`.")


def _plan_file(
    path: str, old: bytes | None, new: bytes | None, disk: bytes | None, asked: Plan
) -> tuple[FileWrite | None, tuple[str, ...], tuple[Clash, ...]]:
    """One file: what to write, the hunks that are in it then, and what clashes."""
    base, proposed = decoded(old), decoded(new)
    opened = asked.current.get(path)
    current = opened if opened is not None else decoded(disk)
    whole = tuple(hunk.id for hunk in _hunks(path, old, new))
    if (old is not None and base is None) or (new is not None and proposed is None):
        if disk == new:
            return None, whole, ()
        if disk != old:
            return None, (), (Clash(path, "This file, which is no text, was changed meanwhile."),)
        return FileWrite(path, None, None, raw=True), whole, ()
    if base is None or proposed is None:
        return _plan_whole(path, base, proposed, current, whole)
    if current is None:
        return None, (), (Clash(path, "The file was deleted meanwhile."),)
    merged = merge(path, base, proposed, current, asked.hunks)
    write = FileWrite(path, current, merged.text) if merged.text != current else None
    return write, merged.done, merged.conflicts


def _plan_whole(
    path: str, base: str | None, proposed: str | None, current: str | None, whole: tuple[str, ...]
) -> tuple[FileWrite | None, tuple[str, ...], tuple[Clash, ...]]:
    """A file that is created or deleted."""
    if current == proposed or (current is not None and proposed is not None and same_text(current, proposed)):
        return None, whole, ()
    if current == base or (current is not None and base is not None and same_text(current, base)):
        return FileWrite(path, current, proposed), whole, ()
    reason = "A file of this name is there already." if base is None else "The file was changed meanwhile."
    return None, (), (Clash(path, reason),)
