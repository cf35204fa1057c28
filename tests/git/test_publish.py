"""One compare-and-swap of one branch of ours is all that is ever written into the user's repository."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from autogpt.errors import WorkspaceError
from autogpt.git import publish
from autogpt.git.store import Store
from tests.conftest import git
from tests.git.conftest import OpenStore, objects_of, print_of

BRANCH = "autogpt/x-1"


def made(store: Store, text: bytes = b"new\n", parent: str = "") -> str:
    return store.commit(parent or store.snapshot().commit, {"a.py": text}, "Change", {})


def test_publishing_adds_the_branch_and_its_objects_and_nothing_else(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    before, objects = print_of(repo), objects_of(repo)

    commit = made(store)
    assert objects_of(repo) == objects, "nothing is in the user's store before it is published"
    assert store.publish(BRANCH, commit, None) == ""

    assert print_of(repo) == before
    assert git(repo, "rev-parse", BRANCH).strip() == commit == store.branch_commit(BRANCH)
    assert len(objects_of(repo) - objects) == 3  # commit, tree, blob
    assert "autogpt" in git(repo, "reflog", "show", BRANCH)


def test_a_branch_that_somebody_moved_is_not_moved(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    first = made(store)
    store.publish(BRANCH, first, None)
    second = made(store, b"newer\n", first)
    git(repo, "branch", "-f", BRANCH, "main")

    with pytest.raises(WorkspaceError, match="not where this run left it"):
        store.publish(BRANCH, second, first)
    with pytest.raises(WorkspaceError, match="not where this run left it"):
        store.unpublish(BRANCH, first)
    with pytest.raises(WorkspaceError):
        store.publish(BRANCH, second, None)
    assert git(repo, "rev-parse", BRANCH) == git(repo, "rev-parse", "main")


def test_unpublishing_removes_it_and_twice_is_fine(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    before = print_of(repo)
    commit = made(store)
    store.publish(BRANCH, commit, None)
    git(repo, "pack-refs", "--all")
    git(repo, "pack-refs", "--all")
    packed = git(repo, "show-ref", "--heads").splitlines()

    store.unpublish(BRANCH, commit)
    store.unpublish(BRANCH, commit)

    assert store.branch_commit(BRANCH) is None
    assert git(repo, "show-ref", "--heads").splitlines() == [line for line in packed if BRANCH not in line]
    assert set(print_of(repo)) >= set(before) - {".git/refs/heads/main"}


@pytest.mark.parametrize("name", ["main", "refs/heads/main", "autogpt/../main", "autogpt/x.lock", "../autogpt/x"])
def test_no_other_branch_is_ever_written(repo: Path, open_store: OpenStore, name: str) -> None:
    store = open_store(repo)

    with pytest.raises(ValueError, match="not a branch of ours"):
        store.publish(name, made(store), None)


def test_a_branch_that_is_checked_out_is_kept_aside(repo: Path, open_store: OpenStore) -> None:
    """Moving it would make the person's files look like a reverse change."""
    store = open_store(repo)
    first = made(store)
    store.publish(BRANCH, first, None)
    git(repo, "checkout", "-q", BRANCH)
    second, third = made(store, b"2\n", first), ""

    said = store.publish(BRANCH, second, first)
    third = made(store, b"3\n", second)
    store.publish(BRANCH, third, second)

    assert "checked out" in said and git(repo, "rev-parse", BRANCH).strip() == first
    assert store.branch_commit(BRANCH) == third and git(repo, "status", "--porcelain") == ""
    with pytest.raises(WorkspaceError, match="checked out"):
        store.unpublish(BRANCH, first)
    git(repo, "checkout", "-q", "main")
    fourth = made(store, b"4\n", third)
    assert store.publish(BRANCH, fourth, third) == ""
    assert git(repo, "rev-parse", BRANCH).strip() == fourth == store.branch_commit(BRANCH)


def test_a_branch_named_as_our_prefix_is_explained(repo: Path, open_store: OpenStore) -> None:
    git(repo, "branch", "autogpt")
    store = open_store(repo)

    with pytest.raises(WorkspaceError, match="takes the name") as caught:
        store.publish(BRANCH, made(store), None)
    assert "git branch -m" in caught.value.hint


def test_without_git_the_branch_is_private(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "a.py").write_bytes(b"a\n")
    before = print_of(tmp_path)
    store = open_store(tmp_path)
    commit = made(store)

    store.publish(BRANCH, commit, None)

    assert store.branch_commit(BRANCH) == commit and print_of(tmp_path) == before
    store.unpublish(BRANCH, commit)
    assert store.branch_commit(BRANCH) is None


def test_a_repository_that_cannot_be_written_keeps_the_branch_aside(repo: Path, open_store: OpenStore) -> None:
    done = subprocess.run(["mount", "-t", "tmpfs", "none", str(repo / ".git" / "refs" / "heads")], check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    subprocess.run(["umount", str(repo / ".git" / "refs" / "heads")], check=True)
    subprocess.run(["mount", "--bind", str(repo / ".git"), str(repo / ".git")], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(repo / ".git")], check=True)
        before = print_of(repo)
        (repo / "a.py").write_bytes(b"dirty\n")
        store = open_store(repo)
        commit = made(store)
        said = store.publish(BRANCH, commit, None)
        assert "cannot be written" in said and store.branch_commit(BRANCH) == commit
        (repo / "a.py").write_bytes(b"one = 1\ntwo = 2\nthree = 3\n")
        assert print_of(repo) == before
    finally:
        subprocess.run(["umount", str(repo / ".git")], check=True)
    second = made(store, b"2\n", commit)
    assert store.publish(BRANCH, second, commit) == "" and git(repo, "rev-parse", BRANCH).strip() == second


def test_a_lock_is_waited_for_and_that_of_a_crash_is_taken_when_it_is_old(
    repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(repo)
    commit = made(store)
    lock = repo / ".git" / "refs" / "heads" / f"{BRANCH}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_bytes(b"")

    young = threading.Timer(0.3, lock.unlink)
    young.start()
    store.publish(BRANCH, commit, None)
    assert store.branch_commit(BRANCH) == commit

    second = made(store, b"2\n", commit)
    lock.write_bytes(b"")
    monkeypatch.setattr(publish, "STALE", -1.0)
    store.publish(BRANCH, second, commit)
    assert store.branch_commit(BRANCH) == second and not lock.exists()


def test_locks_of_the_users_block_nothing(repo: Path, open_store: OpenStore) -> None:
    for name in ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock"):
        (repo / ".git" / name).write_bytes(b"")
    (repo / "a.py").write_bytes(b"dirty\n")
    before = print_of(repo)
    store = open_store(repo)

    assert store.publish(BRANCH, made(store), None) == ""
    assert print_of(repo) == before


def test_publishing_survives_the_users_clean_up_at_any_time(repo: Path, open_store: OpenStore) -> None:
    """`git gc --prune=now` runs beside it, again and again."""
    store = open_store(repo)
    script = "while :; do git gc -q --prune=now; git reflog expire --expire=now --all; done"
    cleaner = subprocess.Popen(["sh", "-c", script], cwd=repo, stderr=subprocess.DEVNULL)
    try:
        expected: str | None = None
        for number in range(6):
            (repo / "pkg" / "b.py").write_bytes(b"%d\n" % number)
            commit = made(store, b"new %d\n" % number, expected or "")
            store.publish(BRANCH, commit, expected)
            expected = commit
    finally:
        cleaner.kill()
        cleaner.wait()

    assert git(repo, "show", f"{BRANCH}:a.py") == "new 5\n"
    assert "missing" not in git(repo, "fsck", "--connectivity-only")
