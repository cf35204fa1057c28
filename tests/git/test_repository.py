"""Where a workspace lies, and what is refused with a sentence that says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autogpt.errors import AutogptError, UsageError, WorkspaceError
from autogpt.git.repository import branch_name, discover
from tests.conftest import git


def _file(path: Path) -> Path:
    (path / "file").write_text("")
    return path / "file"


def _bare(path: Path) -> Path:
    git(path, "init", "-q", "--bare", "b.git")
    return path / "b.git"


def _git_folder(path: Path) -> Path:
    git(path, "init", "-q", "r")
    return path / "r" / ".git"


def _without_head(path: Path) -> Path:
    git(path, "init", "-q", "r")
    (path / "r" / ".git" / "HEAD").unlink()
    return path / "r"


def _torn_link(path: Path) -> Path:
    (path / ".git").write_text("gitdir: /nowhere\n")
    return path


def test_a_folder_inside_a_repository_knows_its_prefix(repo: Path) -> None:
    found = discover(repo / "pkg")

    assert (found.toplevel, found.prefix, found.has_git) == (repo, "pkg", True)
    assert found.git_dir == found.common_dir == repo / ".git"


def test_a_linked_worktree_has_its_own_head_and_the_common_store(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))

    found = discover(tmp_path / "linked")

    assert found.common_dir == repo / ".git" and found.git_dir == repo / ".git" / "worktrees" / "linked"


def test_a_name_with_a_line_feed_and_quotes_is_found_whole(tmp_path: Path) -> None:
    folder = tmp_path / 'odd\n"name" \\ '
    folder.mkdir()
    git(folder, "init", "-q")

    assert discover(folder).toplevel == folder


def test_a_plain_folder_works_without_git(tmp_path: Path) -> None:
    found = discover(tmp_path)

    assert (found.toplevel, found.git_dir, found.has_git) == (tmp_path, None, False)


def test_a_folder_that_the_repository_ignores_is_a_project_of_its_own(repo: Path) -> None:
    """Otherwise none of its files would be in the snapshot."""
    (repo / ".gitignore").write_text("scratch/\n")
    (repo / "scratch").mkdir()

    assert not discover(repo / "scratch").has_git


def test_variables_of_a_hook_do_not_redirect_git(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git sets GIT_DIR and GIT_INDEX_FILE for its hooks; one that calls us must not lead us elsewhere."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))

    assert discover(repo).git_dir == repo / ".git"


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda path: path / "missing", UsageError, "does not exist"),
        (_file, UsageError, "is a file"),
        (lambda path: Path("/"), UsageError, "all of your files"),
        (_bare, UsageError, "bare"),
        (_git_folder, UsageError, ".git"),
        (_without_head, WorkspaceError, "damaged"),
        (_torn_link, WorkspaceError, "damaged"),
    ],
    ids=["missing", "file", "root", "bare", "inside .git", "no HEAD", "torn .git file"],
)
def test_what_cannot_be_a_workspace_is_said_in_one_line(
    tmp_path: Path, make: object, kind: type[AutogptError], says: str
) -> None:
    with pytest.raises(kind, match=says) as caught:
        discover(make(tmp_path))  # type: ignore[operator]

    assert caught.value.hint and "\n" not in caught.value.sentence()


def test_the_home_folder_is_refused_and_a_repository_on_it_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People keep their settings in a repository on the home folder; a snapshot of that would be of everything."""
    monkeypatch.setenv("HOME", str(tmp_path))
    git(tmp_path, "init", "-q")
    (tmp_path / "project").mkdir()

    assert not discover(tmp_path / "project").has_git
    with pytest.raises(UsageError, match="all of your files"):
        discover(tmp_path)


def test_no_git_on_the_path_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autogpt.git import plumbing

    plumbing.require_git.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        with pytest.raises(WorkspaceError, match="git cannot be run") as caught:
            discover(tmp_path)
    finally:
        plumbing.require_git.cache_clear()
    assert "Install git" in caught.value.hint


@pytest.mark.parametrize("title", ["Fix add", "a..b.lock/~^:?*[\\ @{", "äöü 日本", "", "-", "x" * 300, "\n\t\0"])
def test_a_branch_of_any_title_is_a_name_that_git_takes(tmp_path: Path, title: str) -> None:
    name = branch_name(title, "1f2e3d4c")

    assert name.startswith("autogpt/") and name.endswith("-1f2e3d4c") and len(name) < 70
    assert git(tmp_path, "check-ref-format", "--branch", name).strip() == name


def test_gitpython_is_closed_after_use(repo: Path) -> None:
    """An open Repo keeps two children and six descriptors."""
    with discover(repo).opened() as opened:
        assert opened.head.commit.message == "Begin\n"
        assert opened.head.commit.tree["a.py"].data_stream.read().startswith(b"one")

    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    assert not children.exists() or "git" not in _names(children.read_text())


def _names(pids: str) -> str:
    found = (Path(f"/proc/{pid}/comm") for pid in pids.split())
    return " ".join(path.read_text() for path in found if path.exists())
