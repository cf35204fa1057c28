"""Submodules and other repositories inside the workspace: their files are lent to scratch trees, never changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from autogpt.git import files
from autogpt.git.plumbing import Git, GitFailed, zeroed
from autogpt.git.private import Private

MAX_BYTES = 512 * 1024 * 1024
"""Of all such repositories together; what exceeds it is left out and said."""


def remember(private: Private, folders: Iterable[bytes]) -> set[bytes]:
    """Note which repositories lie in the workspace; those that cannot be lent are returned."""
    room, lent, refused = MAX_BYTES, list[bytes](), set[bytes]()
    for folder in sorted(folders):
        listed = _files(private, folder)
        size = sum(_size(private, folder, name) for name in listed or ())
        if listed is None or size > room:
            refused.add(folder)
        else:
            room -= size
            lent.append(folder)
    data = zeroed(lent)
    place = _place(private)
    if (place.read_bytes() if place.exists() else b"") != data:
        place.write_bytes(data)
    return refused


def known(private: Private) -> tuple[str, ...]:
    """The repositories that the latest snapshot found, relative to the top level."""
    try:
        return tuple(os.fsdecode(folder) for folder in _place(private).read_bytes().split(b"\0") if folder)
    except FileNotFoundError:
        return ()


def lend(private: Private, root: Path) -> tuple[str, ...]:
    """Copy their files, committed or not, but nothing that they ignore, into a tree."""
    lent: list[str] = []
    for folder in known(private):
        if not _is_free(root, folder):
            continue
        for name in _files(private, os.fsencode(folder)) or ():
            source = private.repository.toplevel / folder / os.fsdecode(name)
            target = root / folder / os.fsdecode(name)
            if source.is_symlink() or source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        lent.append(folder)
    return tuple(lent)


def refuse_inside(path: str, folders: Iterable[str]) -> None:
    """Raise `Refused` for a path in one of these repositories."""
    if any(path == folder or path.startswith(f"{folder}/") for folder in folders):
        raise files.Refused(path, "belongs to another repository")


def _place(private: Private) -> Path:
    return private.folder / "nested"


def _is_free(root: Path, folder: str) -> bool:
    """The tree has nothing there but an empty folder, and no link on the way."""
    try:
        files.missing_folders(root, f"{folder}/x")
        place = root / folder
        return not place.is_symlink() and (not place.exists() or not any(place.iterdir()))
    except (OSError, files.Refused):
        return False


def _files(private: Private, folder: bytes) -> list[bytes] | None:
    """Files and links of the repository at this folder; None if there is none that can be read."""
    place = private.repository.toplevel / os.fsdecode(folder)
    if not os.path.lexists(place / ".git"):
        return []  # a submodule that was not checked out
    git = Git(None, private=False, folder=place)
    try:
        if os.path.realpath(git.text("rev-parse", "--show-toplevel")) != os.path.realpath(place):
            return None
        listed = git.items("ls-files", "-z", "-c", "-o", "--exclude-standard")
    except GitFailed:
        return None
    return [name for name in dict.fromkeys(listed) if not name.endswith(b"/")]


def _size(private: Private, folder: bytes, name: bytes) -> int:
    try:
        return os.lstat(os.path.join(os.fsencode(private.repository.toplevel), folder, name)).st_size  # noqa: PTH118
    except OSError:
        return 0
