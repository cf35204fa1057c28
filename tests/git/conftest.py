"""Repositories of all kinds, and the print of everything of the user's that must never change."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autogpt.git.repository import discover
from autogpt.git.store import Store
from tests.conftest import git

OURS = ("refs/heads/autogpt", "logs/refs/heads/autogpt")


def files_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file and link below a folder, with its kind, mode and content."""
    for place, folders, names in os.walk(folder):
        for name in (*names, *(inner for inner in folders if (Path(place) / inner).is_symlink())):
            path = Path(place) / name
            info = path.lstat()
            data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            yield str(path.relative_to(folder)), f"{info.st_mode:o} {hashlib.sha256(data).hexdigest()}"


def print_of(folder: Path) -> dict[str, str]:
    """Working files and all of `.git` (index, HEAD, refs, stash, config, hooks, locks), branches of ours and objects
    left out: those may be added to, and nothing else may."""
    kept: dict[str, str] = {}
    for path, facts in files_below(folder):
        inside = path.partition(".git/")[2] if path.startswith(".git/") else ""
        if not inside.startswith((*OURS, "objects/")):
            kept[path] = facts
    return kept


def objects_of(folder: Path) -> set[str]:
    listed = git(folder, "cat-file", "--batch-check=%(objectname)", "--batch-all-objects")
    return set(listed.split())


def raw_files(store: Store, commit: str) -> dict[str, bytes]:
    """The files of a scratch tree, links as their target."""
    with store.tree(commit) as tree:
        return {
            str(path.relative_to(tree.root)): os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            for path in (Path(place) / name for place, _, names in os.walk(tree.root) for name in names)
        }


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two committed files."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"one = 1\ntwo = 2\nthree = 3\n")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "b.py").write_bytes(b"from a import one\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    return folder


OpenStore = Callable[..., Store]


@pytest.fixture
def open_store() -> OpenStore:
    return lambda folder: Store.open(discover(folder))
