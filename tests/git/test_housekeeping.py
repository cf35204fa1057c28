"""The private store stays small, forgets what is old, and never loses what is still needed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from filelock import FileLock

from autogpt.errors import WorkspaceError
from autogpt.git import housekeeping
from autogpt.git.store import Store
from tests.conftest import git
from tests.git.conftest import OpenStore, objects_of, print_of, raw_files


def age(folder: Path, seconds: float) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            os.utime(path, (path.stat().st_mtime - seconds,) * 2)


def test_old_snapshots_are_forgotten_and_fresh_ones_kept(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    (repo / "a.py").write_bytes(b"dirty\n")
    taken = store.snapshot()
    commit = store.commit(taken.commit, {"a.py": b"new\n"}, "Change", {})

    housekeeping.collect(store.private)
    assert store.read(commit, "a.py") == b"new\n" and raw_files(store, taken.raw)["a.py"] == b"dirty\n"

    age(store.private.folder / "objects", 7200)
    housekeeping.collect(store.private, now=time.time() + housekeeping.MAX_AGE + 60)
    assert commit not in objects_of(store.private.folder)


def test_a_branch_in_a_folder_without_git_outlives_the_clean_up(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "a.py").write_bytes(b"a\n")
    store = open_store(tmp_path)
    commit = store.commit(store.snapshot().commit, {"a.py": b"new\n"}, "Change", {})
    store.publish("autogpt/x-1", commit, None)

    age(store.private.folder / "objects", 7200)
    housekeeping.collect(store.private, now=time.time() + housekeeping.MAX_AGE + 60)

    assert store.read(commit, "a.py") == b"new\n"


def test_a_store_over_its_limit_forgets_the_oldest_half(
    repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "MAX_BYTES", 1)
    store = open_store(repo)
    commits: list[str] = []
    for number in range(4):
        (repo / "a.py").write_bytes(b"%d\n" % number)
        commits.append(store.snapshot().commit)

    housekeeping.collect(store.private)
    assert set(kept_by(store)) == set(commits), "a run may be at work with what is young"
    housekeeping.collect(store.private, now=time.time() + housekeeping.EVERY + 60)

    assert 0 < len(kept_by(store)) < len(commits)


def kept_by(store: Store) -> list[str]:
    return store.private.git.text("for-each-ref", "--format=%(objectname)", "refs/kept").split()


def test_the_kept_index_survives_a_clean_up(repo: Path, open_store: OpenStore) -> None:
    """What it names may be in no snapshot any more; the next one must still be whole."""
    store = open_store(repo)
    (repo / "a.py").write_bytes(b"dirty\n")
    store.snapshot()
    age(store.private.folder / "objects", 7200)
    housekeeping.collect(store.private, now=time.time() + housekeeping.MAX_AGE + 60)

    assert raw_files(store, store.snapshot().raw)["a.py"] == b"dirty\n"


def test_a_damaged_store_is_made_anew(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    (store.private.folder / "HEAD").unlink()

    assert open_store(repo).snapshot().commit == git(repo, "rev-parse", "HEAD").strip()


def test_opening_leaves_the_user_alone_and_the_state_to_the_user(repo: Path, open_store: OpenStore) -> None:
    before = print_of(repo)
    store = open_store(repo)

    assert print_of(repo) == before
    assert store.private.state.stat().st_mode & 0o077 == 0


def test_a_state_folder_that_cannot_be_used_is_said(
    repo: Path, open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(tmp_path / "file"))

    with pytest.raises(WorkspaceError, match="state folder") as caught:
        open_store(repo)
    assert "AUTOGPT_STATE_HOME" in caught.value.hint


def test_a_repository_that_changes_its_kind_gets_a_new_store(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "a.py").write_bytes(b"a\n")
    plain: Store = open_store(tmp_path)
    plain.snapshot()
    git(tmp_path, "init", "-q", "--object-format=sha256")

    assert len(open_store(tmp_path).snapshot().commit) == 64


def test_a_store_that_is_never_let_go_of_is_said(
    repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process that was stopped, for one: a run that waits for it without a word looks as if it hung."""
    store = open_store(repo)
    taken = store.snapshot()
    held = FileLock(store.private.state / "store.lock", is_singleton=False)
    monkeypatch.setattr(store._lock, "timeout", 0.05)

    with held:
        with pytest.raises(WorkspaceError, match="has kept its store to itself"):
            store.snapshot()
        with pytest.raises(WorkspaceError, match="has kept its store to itself"), store.tree(taken.commit):
            pass

    assert store.snapshot().commit
