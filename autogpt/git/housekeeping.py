"""Removes what dead processes left in the private store, and keeps its size in bounds."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from autogpt.errors import AutogptError
from autogpt.git import applied
from autogpt.git.plumbing import GitFailed
from autogpt.git.private import Private
from autogpt.git.scratch import prune_trees

MAX_AGE = 30 * 24 * 3600
"""Seconds after which a snapshot and what was made from it is forgotten, except for branches kept in the store."""
MAX_BYTES = 2 * 1024 * 1024 * 1024
"""The store's size at which half of what is older than a day is forgotten, the oldest first."""
EVERY = 24 * 3600
"""Seconds between clean-ups, and the age below which a run may still be at work with a snapshot."""
MANY_LOOSE = 4000


def clean(private: Private) -> None:
    """Call under the lock, at each start; the costly part runs once a day or when many loose objects piled up."""
    remove_stale_locks(private)
    prune_trees(private)
    for trace in private.state.glob(f"runs/*/*{applied.UNFINISHED}"):
        with contextlib.suppress(OSError, AutogptError):
            applied.recover(private.repository.workspace, trace.with_name(trace.name.removesuffix(applied.UNFINISHED)))
    for left in [*private.folder.glob("tmp-*.index*"), *private.folder.glob("seed.index*")]:
        left.unlink(missing_ok=True)
    if _is_due(private):
        with contextlib.suppress(GitFailed):
            collect(private)


def remove_stale_locks(private: Private) -> None:
    """Whoever writes the kept index holds the store's lock, so under that lock a lock file is a crash's."""
    private.raw_index.with_name(private.raw_index.name + ".lock").unlink(missing_ok=True)


def remove_torn_objects(private: Private, *, older_than: float = 3600.0) -> None:
    """Remove what git had begun to write and could not finish; seconds tell it from what is being written."""
    for left in [*private.folder.glob("objects/??/tmp_obj_*"), *private.folder.glob("objects/pack/tmp_*")]:
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime >= older_than:
                left.unlink()


def _is_due(private: Private) -> bool:
    stamp = private.folder / "collected"
    try:
        age = time.time() - stamp.stat().st_mtime
    except OSError:
        stamp.touch()
        return False
    sample = private.folder / "objects" / "17"  # one of 256 evenly filled folders, as git's own gc samples them
    loose = len(list(sample.iterdir())) * 256 if sample.is_dir() else 0
    return age > EVERY or loose > MANY_LOOSE or age < 0


def collect(private: Private, *, now: float | None = None) -> None:
    """Forget old snapshots and drop what nothing refers to any more."""
    (private.folder / "collected").touch()
    now = time.time() if now is None else now
    refs = _refs(private)
    forget = {commit for at, commit, _ in refs if now - at > MAX_AGE}
    if _bytes(private.folder) > MAX_BYTES:
        idle = list(dict.fromkeys(commit for at, commit, _ in refs if now - at > EVERY))
        forget |= set(idle[: (len(idle) + 1) // 2])
    lines = "".join(f"delete {ref}\n" for _, commit, ref in refs if commit in forget)
    if lines:
        private.git.run("update-ref", "--stdin", input=lines.encode())
    private.git.run("pack-refs", "--all", "--prune")
    private.git.run("repack", "-q", "-d", "-l", "-A", "--unpack-unreachable=1.hour.ago")
    private.git.run("prune", "--expire=1.hour.ago")
    remove_torn_objects(private)


def _refs(private: Private) -> list[tuple[int, str, str]]:
    """When each remembered commit was made, its id and its ref; oldest first."""
    said = private.git.text(
        "for-each-ref", "--sort=committerdate", "--format=%(committerdate:unix) %(objectname) %(refname)",
        "refs/kept", "refs/pairs", "refs/snapshots", "refs/made",
    )  # fmt: skip
    rows = (line.split(" ") for line in said.splitlines())
    return [(int(at or 0), commit, ref) for at, commit, ref in rows]


def _bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total
