"""The private store of a workspace: snapshots, scratch trees, commits, and the branch that is published from them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from filelock import FileLock, Timeout

from autogpt.errors import WorkspaceError
from autogpt.git import commits, differences, housekeeping, publish, snapshot
from autogpt.git.differences import Hunk
from autogpt.git.plumbing import GitFailed, refused
from autogpt.git.private import Private, prepare
from autogpt.git.repository import Repository
from autogpt.git.scratch import ScratchTree, scratch_tree
from autogpt.git.snapshot import Snapshot
from autogpt.models.base import Change
from autogpt.result import FileStat
from autogpt.task import UnsavedText

__all__ = ["Hunk", "ScratchTree", "Snapshot", "Store"]

WAIT = 120.0
"""Seconds for another run to let go of the store: it takes snapshots one at a time, of which the largest take some."""


class Store:
    """Open it with `Store.open`. Several may be open on one workspace, in several processes and threads.

    Commits are named by their published form throughout; bytes and hunks are those of the working files (raw).
    """

    def __init__(self, private: Private) -> None:
        self.private = private
        self.repository = private.repository
        self._lock = FileLock(private.state / "store.lock", timeout=WAIT)

    @staticmethod
    def open(repository: Repository) -> Store:
        """Make the store if there is none, and remove what dead runs left. Raise `WorkspaceError` if it cannot be."""
        private = Private(repository)
        try:
            private.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            (private.state / "workspace").write_bytes(os.fsencode(repository.workspace))
            store = Store(private)
            with store._held():
                prepare(private)
                housekeeping.clean(private)
        except OSError as error:
            hint = "Free some space there, or name another folder with AUTOGPT_STATE_HOME."
            raise WorkspaceError(f"The state folder cannot be used: {refused(error)}", hint) from None
        return store

    @contextlib.contextmanager
    def _held(self) -> Generator[None]:
        """The store for this process alone. Raise `WorkspaceError` when another one does not let go of it."""
        try:
            self._lock.acquire()
        except Timeout:
            message = f"Another run of this workspace has kept its store to itself for {WAIT:.0f} seconds."
            raise WorkspaceError(message, "If its process is stopped, continue or end it; then try again.") from None
        try:
            yield
        finally:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def snapshot(self, unsaved: Sequence[UnsavedText] = ()) -> Snapshot:
        """A commit of HEAD plus staged, unstaged, untracked and unsaved text. Raise `WorkspaceError` if it fails."""
        try:
            with self._held():
                housekeeping.remove_stale_locks(self.private)
                return self._snapshot(unsaved)
        except OSError as error:
            raise refused(error) from None

    def _snapshot(self, unsaved: Sequence[UnsavedText]) -> Snapshot:
        try:
            return snapshot.take(self.private, unsaved)
        except GitFailed as error:
            if error.disk_full:
                housekeeping.remove_torn_objects(self.private, older_than=0)
                raise
            self.private.raw_index.unlink(missing_ok=True)  # what it stands on may have been pruned: begin anew
            return snapshot.take(self.private, unsaved)

    def tree(self, commit: str) -> AbstractContextManager[ScratchTree]:
        """The files of a raw or published commit in a folder of their own, byte for byte as the person sees them."""
        self.private.meet(commit)
        return scratch_tree(self.private, self._held, self.private.raw(commit))

    def commit(self, parent: str, change: Change, message: str, trailers: Mapping[str, str]) -> str:
        """Commit a change, relative to the workspace, on `parent`. Raise `Refused` for a path no change may touch."""
        return commits.commit_change(self.private, parent, change, message, trailers)

    def preview(self, parent: str, change: Change) -> str:
        """A commit of a change for `diff` and `stats` at once, not to be kept. Raise `Refused` as `commit` does."""
        return commits.preview_change(self.private, parent, change)

    def publish(self, branch: str, commit: str, expected: str | None) -> str:
        """Move the branch by compare-and-swap; "" or a sentence that says why it had to be kept aside."""
        return publish.publish(self.private, branch, commit, expected)

    def unpublish(self, branch: str, expected: str) -> None:
        """Delete the branch, if it is still at `expected`."""
        publish.unpublish(self.private, branch, expected)

    def branch_commit(self, branch: str) -> str | None:
        """Where a branch of ours is, None if it does not exist."""
        return publish.branch_commit(self.private, branch)

    def diff(self, base: str, commit: str, paths: Sequence[str] = ()) -> str:
        """A unified diff, paths relative to the workspace, fit for `git apply`."""
        return differences.diff(self.private, base, commit, paths)

    def stats(self, base: str, commit: str) -> tuple[FileStat, ...]:
        """Lines added and removed by file."""
        return differences.stats(self.private, base, commit)

    def difference(self, base: str, commit: str) -> tuple[tuple[FileStat, ...], str]:
        """Lines added and removed by file, and the unified diff: one look for both."""
        return differences.difference(self.private, base, commit)

    def hunks(self, base: str, commit: str) -> tuple[Hunk, ...]:
        """The hunks of the working files, in the order of paths and lines."""
        return differences.hunks(self.private, *self.raw_pair(base, commit))

    def raw_pair(self, base: str, commit: str) -> tuple[str, str]:
        """The raw forms of a base and of a commit made from it."""
        raw = self.private.raw(commit)
        first = self.private.base(raw)
        return (first if self.private.published(first) == base else self.private.raw(base)), raw

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's bytes as the person sees them, a link's target; None where there is none."""
        entry = self._entry(self.private.raw(commit), path)
        return commits.blob(self.private.git, entry)

    def is_executable(self, commit: str, path: str) -> bool:
        entry = self._entry(self.private.raw(commit), path)
        return entry is not None and entry.mode == commits.PROGRAM

    def is_link(self, commit: str, path: str) -> bool:
        entry = self._entry(self.private.raw(commit), path)
        return entry is not None and entry.mode == commits.LINK

    def _entry(self, commit: str, path: str) -> commits.Entry | None:
        whole = f"{self.repository.prefix}/{path}" if self.repository.prefix else path
        with contextlib.suppress(ValueError):
            return commits.entries(self.private.git, commit, [whole]).get(whole)
        return None
