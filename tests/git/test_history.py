"""Branches of ours can be listed from the repository alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.git.history import kept_branches
from tests.conftest import git
from tests.git.conftest import OpenStore


def test_our_branches_are_listed_with_what_their_trailers_say(
    repo: Path, open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from inside a hook, whose variables would lead GitPython elsewhere."""
    git(repo, "branch", "mine")
    store = open_store(repo)
    trailers = {"Autogpt-Run": "1f2e3d4c", "Autogpt-Tests": "verified: 2 fixed"}
    commit = store.commit(store.snapshot().commit, {"a.py": b"x\n"}, "Fix add", trailers)
    store.publish("autogpt/fix-add-1f2e3d4c", commit, None)
    git(repo, "pack-refs", "--all")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    (kept,) = kept_branches(store.repository)

    assert (kept.branch, kept.commit, kept.subject) == ("autogpt/fix-add-1f2e3d4c", commit, "Fix add")
    assert (kept.run, kept.tests) == ("1f2e3d4c", "verified: 2 fixed")


def test_a_folder_without_git_has_none(tmp_path: Path, open_store: OpenStore) -> None:
    assert kept_branches(open_store(tmp_path).repository) == ()
