"""The raw form of a snapshot has the bytes of the files, the published one what git would have committed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import git
from tests.git.conftest import OpenStore


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_line_endings_run_as_they_are_and_are_published_as_git_would(
    repo: Path, open_store: OpenStore, autocrlf: str
) -> None:
    git(repo, "config", "core.autocrlf", autocrlf)
    (repo / "a.py").write_bytes(b"one\r\ntwo\r\n")
    (repo / "untracked.txt").write_bytes(b"u\r\n")
    store = open_store(repo)

    taken = store.snapshot()

    assert store.read(taken.raw, "a.py") == b"one\r\ntwo\r\n"
    wanted = "one\r\ntwo\r\n" if autocrlf == "false" else "one\ntwo\n"
    assert store.private.git.run("cat-file", "blob", f"{taken.commit}:a.py").decode() == wanted


def settle(repo: Path) -> None:
    """Make the index trust its files: git reads those again that are as young as the index itself."""
    for path in repo.rglob("*"):
        if ".git" not in path.parts and path.is_file():
            os.utime(path, (1_600_000_000, 1_600_000_000))
    git(repo, "update-index", "--refresh")


def test_a_clean_crlf_checkout_is_head_for_git_and_crlf_for_tests(repo: Path, open_store: OpenStore) -> None:
    git(repo, "config", "core.autocrlf", "true")
    for name in ("a.py", "pkg/b.py"):
        (repo / name).unlink()
    git(repo, "checkout", "--", ".")
    assert b"\r\n" in (repo / "a.py").read_bytes()
    settle(repo)
    store = open_store(repo)

    for _ in range(2):
        taken = store.snapshot()
        assert taken.commit == taken.head
        assert store.read(taken.raw, "a.py") == b"one = 1\r\ntwo = 2\r\nthree = 3\r\n"


def test_no_filter_hook_or_monitor_of_the_users_is_run(repo: Path, open_store: OpenStore, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    git(repo, "config", "filter.f.clean", f"touch '{marker}'; tr a-z A-Z")
    git(repo, "config", "filter.f.smudge", f"touch '{marker}'; tr A-Z a-z")
    git(repo, "config", "filter.f.required", "true")
    (repo / ".gitattributes").write_bytes(b"*.enc filter=f\n")
    (repo / "s.enc").write_bytes(b"secret\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Filtered")
    head = git(repo, "rev-parse", "HEAD").strip()
    settle(repo)
    hook = repo / ".git" / "monitor"
    hook.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    hook.chmod(0o755)
    for name in ("post-index-change", "reference-transaction", "pre-commit", "post-checkout"):
        shutil.copy(hook, repo / ".git" / "hooks" / name)
    git(repo, "config", "core.fsmonitor", str(hook))
    marker.unlink(missing_ok=True)
    store = open_store(repo)

    clean = store.snapshot()
    (repo / "s.enc").write_bytes(b"changed secret\n")
    (repo / "a.py").write_bytes(b"changed\n")
    dirty = store.snapshot()
    commit = store.commit(dirty.commit, {"a.py": b"again\n"}, "Change", {})
    store.publish("autogpt/x-1", commit, None)

    assert not marker.exists()
    assert clean.commit == head and store.read(clean.raw, "s.enc") == b"secret\n"
    assert store.read(dirty.raw, "s.enc") == b"changed secret\n"
    published = store.private.git.run("cat-file", "blob", f"{dirty.commit}:s.enc")
    assert published == b"SECRET\n", "what a filter hides is not published in the clear"


def test_skip_worktree_and_assume_unchanged_edits_are_run_and_not_published(repo: Path, open_store: OpenStore) -> None:
    """The person told git to look away from these edits: tests see them, a branch must not carry them."""
    git(repo, "update-index", "--skip-worktree", "a.py")
    git(repo, "update-index", "--assume-unchanged", "pkg/b.py")
    (repo / "a.py").write_bytes(b"PASSWORD = 'mine'\n")
    (repo / "pkg" / "b.py").write_bytes(b"local\n")
    store = open_store(repo)

    taken = store.snapshot()

    assert taken.commit == taken.head
    assert (store.read(taken.raw, "a.py"), store.read(taken.raw, "pkg/b.py")) == (b"PASSWORD = 'mine'\n", b"local\n")
