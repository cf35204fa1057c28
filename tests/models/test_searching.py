"""A search looks into every file that may hold what is sought, with ripgrep and without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autogpt.models.searching import FEW, candidates
from autogpt.models.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for number in range(FEW + 5):
        (tmp_path / f"m{number}.py").write_text(f"x = {number}\n")
    (tmp_path / ".hidden.py").write_text("needle = 1\n")
    (tmp_path / ".gitignore").write_text("m7.py\n")
    (tmp_path / "m7.py").write_text("needle = 7\n")
    return Tree(tmp_path, {"m8.py": b"needle = 8\n", "m9.py": None})


def test_ripgrep_passes_over_what_has_no_match(tree: Tree) -> None:
    """Hidden and ignored files of the scratch tree are the project's too, and so is what is laid over it."""
    assert list(candidates(tree, re.compile("needle"))) == [".hidden.py", "m7.py", "m8.py"]
    assert list(candidates(tree, re.compile("NEEDLE", re.IGNORECASE))) == [".hidden.py", "m7.py", "m8.py"]


def test_without_ripgrep_or_for_a_pattern_of_pythons_own_every_file_is_one(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Look-behind is no part of ripgrep's patterns."""
    paths = list(tree.paths())
    assert list(candidates(tree, re.compile("(?<=n)eedle"))) == paths
    monkeypatch.setenv("PATH", "")
    assert list(candidates(tree, re.compile("needle"))) == paths
