"""Where a workspace lies: in a repository, in a linked worktree, in a folder without git. Reads only."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autogpt import paths
from autogpt.errors import UsageError, WorkspaceError
from autogpt.git.plumbing import Git, GitFailed, require_git

if TYPE_CHECKING:
    import git

PREFIX = "autogpt/"
"""All branches of ours begin so; no other ref of the user's is ever written."""


@dataclass(frozen=True)
class Repository:
    """A workspace and the repository around it, real absolute paths. Without git, `toplevel` is the workspace."""

    workspace: Path
    toplevel: Path
    git_dir: Path | None
    """Of this worktree: its HEAD and index."""
    common_dir: Path | None
    """Shared by all worktrees: objects, branches, config."""
    prefix: str
    """The workspace inside the repository, "" or like "sub/dir"."""
    has_git: bool
    object_format: str = "sha1"

    @property
    def state(self) -> Path:
        """The folder of the product's own state for this workspace."""
        return paths.workspace_state(self.workspace)

    @property
    def zero(self) -> str:
        """The object id that means "there is none"."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    def users_git(self) -> Git:
        """git on the user's repository with the user's settings, for reading."""
        return Git(self.git_dir, self.toplevel, private=False)

    @contextlib.contextmanager
    def opened(self) -> Generator[git.Repo, None, None]:
        """The repository in GitPython's hands, for history and settings; closed at the end, children and all."""
        import git

        assert self.git_dir is not None
        repo = git.Repo(self.git_dir)
        try:
            yield repo
        finally:
            repo.close()


def discover(workspace: Path) -> Repository:
    """Find the repository of a workspace.

    Raise `UsageError` for a workspace that cannot be one (missing, a file, the home folder, a bare repository),
    `WorkspaceError` for one that needs attention (not readable, damaged, owned by another user, no git).
    """
    real = _checked(workspace)
    require_git()
    here = Git(None, private=False, folder=real)
    try:
        facts = _facts(here)
    except GitFailed as error:
        if _is_no_repository(error, real):
            return _without_git(real)
        raise _untrusted_or_damaged(error, real) from None
    if facts["bare"] or not facts["inside"]:
        raise UsageError(f"{real} is inside a bare repository or a .git folder.", "Name a folder with files in it.")
    toplevel = Path(os.path.realpath(_line(here, "--show-toplevel")))
    if _is_too_wide(toplevel) or _is_ignored(here, real, toplevel):
        return _without_git(real)
    prefix = os.path.relpath(real, toplevel).replace(os.sep, "/")
    return Repository(
        workspace=real,
        toplevel=toplevel,
        git_dir=Path(os.path.realpath(_line(here, "--absolute-git-dir"))),
        common_dir=Path(os.path.realpath(real / _line(here, "--git-common-dir"))),
        prefix="" if prefix == "." else prefix,
        has_git=True,
        object_format=str(facts["format"]),
    )


def _checked(workspace: Path) -> Path:
    path = Path(os.path.realpath(workspace.expanduser()))
    hint = "Name a project's folder with --workspace."
    try:
        if not path.exists():
            raise UsageError(f"The workspace {path} does not exist.", hint)
        if not path.is_dir():
            raise UsageError(f"The workspace {path} is a file.", hint)
    except OSError as error:
        raise WorkspaceError(f"The workspace {path} cannot be read: {error.strerror}.", hint) from None
    if not os.access(path, os.R_OK | os.X_OK):
        raise WorkspaceError(f"The workspace {path} cannot be read.", "Check its permissions.")
    if _is_too_wide(path):
        raise UsageError(f"{path} is no project but all of your files.", hint)
    return path


def _is_too_wide(folder: Path) -> bool:
    """The root and the home folder hold everything; a snapshot of them would fill the disk."""
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    return folder == folder.parent or os.fspath(folder) == home


def _line(here: Git, question: str) -> str:
    return here.text("rev-parse", question)


def _facts(here: Git) -> dict[str, object]:
    said = here.text("rev-parse", "--is-inside-work-tree", "--is-bare-repository", "--show-object-format").split("\n")
    return {"inside": said[0] == "true", "bare": said[1] == "true", "format": said[2]}


def _is_no_repository(error: GitFailed, folder: Path) -> bool:
    """git says the same about no repository and about a broken one; a `.git` on the way up tells them apart."""
    if "not a git repository" not in error.detail:
        return False
    return not any(os.path.lexists(parent / ".git") for parent in (folder, *folder.parents))


def _untrusted_or_damaged(error: GitFailed, folder: Path) -> WorkspaceError:
    if "dubious ownership" in error.detail:
        hint = f"If you trust it: git config --global --add safe.directory '{folder}'"
        return WorkspaceError(f"The repository of {folder} belongs to another user.", hint)
    first = error.detail.splitlines()[0].removeprefix("fatal: ") if error.detail else str(error)
    return WorkspaceError(f"The repository of {folder} is damaged: {first}.", "Repair its .git or remove it.")


def _without_git(folder: Path) -> Repository:
    return Repository(folder, folder, None, None, "", has_git=False)


def _is_ignored(here: Git, folder: Path, toplevel: Path) -> bool:
    """A workspace that the repository around it ignores is a project of its own, without git."""
    if folder == toplevel:
        return False
    return here.call(("check-ignore", "-q", "--", os.fspath(folder)), ok=(0, 1, 128))[0] == 0


def branch_name(title: str, run: str) -> str:
    """`autogpt/<slug>-<run>`: a valid name of a ref whatever the title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{PREFIX}{slug or 'task'}-{run}"
