"""The one write into the user's repository: new objects first, then one compare-and-swap of one branch of ours."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from autogpt.errors import WorkspaceError
from autogpt.git.plumbing import Git, GitFailed
from autogpt.git.private import Private
from autogpt.git.repository import PREFIX

ATTEMPTS = 5
STALE = 5.0
"""Seconds after which a lock of one of our own branches is the remains of a crash.

A branch of ours has one writer, the run whose journal is locked; a clean-up of the user's holds its lock for a moment.
"""


def ref_of(branch: str) -> str:
    """The full name of a branch of ours. Raise `ValueError` for any other: nothing else is ever written."""
    if not branch.startswith(PREFIX) or ".." in branch or branch.endswith((".lock", "/")):
        raise ValueError(f"not a branch of ours: {branch}")
    return f"refs/heads/{branch}"


def publish(private: Private, branch: str, commit: str, expected: str | None) -> str:
    """Move a branch from `expected` (None: it must not exist) to `commit`.

    Where the user's repository cannot take it (no git, read-only, the branch is checked out) it is kept in the
    private one, and the sentence that is returned says why; "" means that it is where the user's git sees it.
    Raise `WorkspaceError` when the branch is not at `expected`.
    """
    ref = ref_of(branch)
    if not private.repository.has_git:
        _swap(private.git, ref, commit, expected or private.repository.zero)
        return ""
    why = _obstacle(private, ref)
    if not why:
        try:
            _into_users(private, ref, commit, _old(private, ref, expected))
        except GitFailed as error:
            if "may not write" not in str(error):
                raise
            why = "The repository cannot be written to"
        else:
            private.git.run("update-ref", "-d", ref)
            return ""
    kept = _value(private.git, ref)
    _swap(private.git, ref, commit, kept or private.repository.zero)
    return f"{why}, so the branch is kept aside; `autogpt diff` and `autogpt apply` work all the same."


def _writer(private: Private) -> Git:
    """git on the user's repository for publishing: synced to disk, none of their hooks."""
    git = replace(private.repository.users_git(), work_tree=None)
    return git.with_config(("core.fsync", "loose-object,pack,reference"), ("core.logAllRefUpdates", "false"))


def _obstacle(private: Private, ref: str) -> str:
    """Why the branch must not move: somebody works on it, and their files would not move along."""
    for record in private.repository.users_git().text("worktree", "list", "--porcelain").split("\n\n"):
        lines = record.splitlines()
        if f"branch {ref}" in lines:
            return f"The branch is checked out in {lines[0].removeprefix('worktree ')}"
    return ""


def _deliver_until_whole(private: Private, commit: str) -> None:
    """Copy what the branch needs beyond what HEAD holds into the user's object store, if it is not there.

    A clean-up of theirs may drop objects until the branch holds them, and folders of its store while one is written
    to; so it is looked at again, also after the branch was moved.
    """
    users = _writer(private)
    head = users.call(("rev-parse", "-q", "--verify", "HEAD"), ok=(0, 1))[1].decode().strip()
    reach = f"{commit}\n" + (f"^{head}\n" if head else "")
    for attempt in range(ATTEMPTS):
        try:
            users.run("rev-list", "--objects", "--quiet", "--stdin", input=reach.encode())
            return
        except GitFailed:
            pack = private.git.run("pack-objects", "--revs", "--stdout", "-q", input=reach.encode())
        try:
            users.run("unpack-objects", "-q", input=pack)
        except GitFailed as error:
            if "No such file" not in error.detail or attempt == ATTEMPTS - 1:
                raise


def _into_users(private: Private, ref: str, commit: str, old: str) -> None:
    """Objects, then the ref. A clean-up of theirs at the same moment may undo the one or lock the other for a while."""
    patience, attempt = time.monotonic() + STALE + 1.0, 0
    while True:
        _deliver_until_whole(private, commit)
        try:
            _swap(_writer(private), ref, commit, old)
        except GitFailed as error:
            locked = "File exists" in error.detail and time.monotonic() < patience
            pruned = "nonexistent object" in error.detail and attempt < ATTEMPTS
            if not (locked or pruned):
                raise
            attempt += 1
            time.sleep(0.1)
        else:
            _deliver_until_whole(private, commit)
            return


def _old(private: Private, ref: str, expected: str | None) -> str:
    """What the user's branch must be at: `expected`, or what it was when later commits had to be kept aside."""
    if expected is None:
        return private.repository.zero
    aside = _value(private.git, ref)
    if aside is None or aside != expected:
        return expected
    return _value(private.repository.users_git(), ref) or private.repository.zero


def _swap(git: Git, ref: str, commit: str, old: str) -> None:
    """Raise `GitFailed` for what git could not do, `WorkspaceError` for what somebody else did."""
    try:
        git.run("update-ref", "--create-reflog", "-m", "autogpt: keep the best so far", ref, commit, old)
    except GitFailed as error:
        if "File exists" in error.detail and _steal(git, ref):
            _swap(git, ref, commit, old)
            return
        raise _refused(error, ref) from None


def _refused(error: GitFailed, ref: str) -> WorkspaceError:
    branch = ref.removeprefix("refs/heads/")
    if "cannot lock ref" not in error.detail or "File exists" in error.detail or "may not write" in str(error):
        return error
    if "exists; cannot create" in error.detail:
        hint = "Rename it: `git branch -m autogpt another-name`."
        return WorkspaceError("A branch of yours takes the name that ours begin with.", hint)
    hint = "Somebody else moved it; look at it with `git log`, and start a new run."
    return WorkspaceError(f"The branch {branch} is not where this run left it.", hint)


def _steal(git: Git, ref: str) -> bool:
    """Remove the lock of one of our own branches that a crash left; a young one may be at work."""
    common = Path(git.text("rev-parse", "--git-common-dir"))
    assert git.git_dir is not None
    lock = (git.git_dir / common) / f"{ref}.lock"
    try:
        if time.time() - lock.stat().st_mtime < STALE:
            return False
        lock.unlink()
    except OSError:
        return False
    return True


def unpublish(private: Private, branch: str, expected: str) -> None:
    """Delete a branch of ours, if it is at `expected`. Raise `WorkspaceError` when it moved or is checked out."""
    ref = ref_of(branch)
    if not private.repository.has_git:
        _remove(private.git, ref, expected)
        return
    if why := _obstacle(private, ref):
        raise WorkspaceError(f"{why}.", "Switch to another branch first.")
    aside = _value(private.git, ref)
    if aside == expected:
        expected = _value(private.repository.users_git(), ref) or expected
    _remove(_writer(private), ref, expected)
    if aside is not None:
        private.git.run("update-ref", "-d", ref)


def _remove(git: Git, ref: str, expected: str) -> None:
    if _value(git, ref) is None:
        return
    try:
        git.run("update-ref", "-d", ref, expected)
    except GitFailed as error:
        raise _refused(error, ref) from None


def branch_commit(private: Private, branch: str) -> str | None:
    """Where a branch of ours is; one that had to be kept aside counts before the user's."""
    ref = ref_of(branch)
    aside = _value(private.git, ref)
    if aside is not None or not private.repository.has_git:
        return aside
    return _value(private.repository.users_git(), ref)


def _value(git: Git, ref: str) -> str | None:
    said = git.run("for-each-ref", "--format=%(objectname)", ref).decode().split()
    return said[0] if said else None
