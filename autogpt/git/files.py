"""Reads and writes below a folder without ever following a symbolic link or leaving the folder."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import subprocess
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from autogpt.errors import UsageError

_HAS_DIR_FD = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_INVISIBLE = dict.fromkeys(
    [0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF], None
)
"""Characters that some file systems leave out when they compare names, so that a `.git` can hide behind them."""

TEMPORARY = ".autogpt-tmp-"
"""What is being written next to its place has a name that begins so."""


class Refused(UsageError):
    """A path that no change may touch; `path` names it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path!r} {reason}.", "Only plain files inside the workspace can be changed.")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Content:
    """A file, or a link as its target's text."""

    data: bytes
    executable: bool = False
    link: bool = False


def is_script(data: bytes) -> bool:
    """Whether the first line names the program that runs the file, as `#!/bin/sh` does and Rust's `#![…]` does not."""
    return re.match(rb"#![ \t]*/", data) is not None


def checked(path: str) -> str:
    """The path itself, if it names something inside a folder and outside every `.git`. Raise `Refused` otherwise."""
    if not path or path.startswith("/") or "\0" in path or re.match(r"[A-Za-z]:[\\/]", path):
        raise Refused(path, "is not a path inside the workspace")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            raise Refused(path, "is not a path inside the workspace")
        if _is_git_folder(part):
            raise Refused(path, "belongs to git")
    return path


def _is_git_folder(name: str) -> bool:
    """`.git` in all spellings that some file system takes for it."""
    plain = unicodedata.normalize("NFKC", name.translate(_INVISIBLE)).casefold()
    for part in plain.split("\\"):
        bare = part.split(":")[0].rstrip(". ")
        if bare in (".git", "git~1"):
            return True
    return False


@contextlib.contextmanager
def _parent(root: Path, path: str, *, create: bool = False) -> Generator[tuple[int | None, str, Path], None, None]:
    """The folder of a path as a descriptor that no rename can redirect, with the last name and the plain path."""
    *folders, name = checked(path).split("/")
    full = root.joinpath(*folders, name)
    if not _HAS_DIR_FD:
        _refuse_links(root, folders, path)
        if create:
            full.parent.mkdir(parents=True, exist_ok=True)
        yield None, os.fspath(full), full
        return
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=handle)
            deeper = _open_folder(folder, flags, handle, path)
            os.close(handle)
            handle = deeper
        yield handle, name, full
    finally:
        os.close(handle)


def _open_folder(name: str, flags: int, handle: int, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=handle)
    except OSError:
        if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
            raise Refused(path, "lies behind a symbolic link") from None
        raise


def _refuse_links(root: Path, folders: list[str], path: str) -> None:
    place = root
    for folder in folders:
        place /= folder
        if place.is_symlink():
            raise Refused(path, "lies behind a symbolic link")


def read(root: Path, path: str) -> Content | None:
    """What is there; None for nothing. Raise `Refused` for a folder, a device, or a path behind a link."""
    try:
        with _parent(root, path) as (folder, name, _):
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(info.st_mode):
                return Content(os.fsencode(os.readlink(name, dir_fd=folder)), link=True)
            if not stat.S_ISREG(info.st_mode):
                raise Refused(path, "is a folder or no plain file")
            handle = os.open(name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0), dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                return Content(file.read(), bool(info.st_mode & 0o100))
    except (FileNotFoundError, NotADirectoryError):
        return None


def stage(root: Path, path: str, content: Content) -> str:
    """Write next to the path, ready for `place`; the path of what was written. Makes missing folders."""
    with _parent(root, path, create=True) as (folder, name, _):
        temporary = TEMPORARY + secrets.token_hex(6)
        target = os.path.join(os.path.dirname(name), temporary)  # noqa: PTH118, PTH120 - the name may be relative to a descriptor
        if content.link:
            os.symlink(os.fsdecode(content.data), target, dir_fd=folder)
        else:
            _write_new(target, folder, content, _mode_of(name, folder))
    return path.rpartition("/")[0] + "/" + temporary if "/" in path else temporary


def _mode_of(name: str, folder: int | None) -> int | None:
    """Permission bits of the file that will be replaced."""
    with contextlib.suppress(OSError):
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(info.st_mode):
            return stat.S_IMODE(info.st_mode)
    return None


def _write_new(target: str, folder: int | None, content: Content, mode: int | None) -> None:
    handle = os.open(
        target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if content.executable else 0o666, dir_fd=folder
    )
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.data)
            if mode is not None:
                bits = mode | ((mode & 0o444) >> 2) if content.executable else mode & ~0o111
                os.chmod(handle if os.chmod in os.supports_fd else target, bits)  # noqa: PTH101 - by descriptor
    except OSError:
        os.unlink(target, dir_fd=folder)
        raise


def place(root: Path, staged: str, path: str, mtime: int | None = None) -> None:
    """Move what was staged to its path in one step; `mtime` in seconds since the epoch."""
    with _parent(root, path) as (folder, name, _):
        source = os.path.join(os.path.dirname(name), staged.rpartition("/")[2])  # noqa: PTH118, PTH120
        if mtime is not None:
            os.utime(source, (mtime, mtime), dir_fd=folder, follow_symlinks=False)
        os.replace(source, name, src_dir_fd=folder, dst_dir_fd=folder)


def write(root: Path, path: str, content: Content, mtime: int | None = None) -> None:
    """Replace a file or link in one step."""
    staged = stage(root, path, content)
    try:
        place(root, staged, path, mtime)
    except BaseException:
        remove(root, staged)
        raise


def remove(root: Path, path: str) -> None:
    """Delete a file or link; nothing there is fine. Folders that become empty stay: see `prune`."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), _parent(root, path) as (folder, name, _):
        os.unlink(name, dir_fd=folder)


def missing_folders(root: Path, path: str) -> tuple[str, ...]:
    """The folders above a path that are not there yet, innermost first."""
    folders = checked(path).split("/")[:-1]
    found = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
    return tuple(folder for folder in reversed(found) if not os.path.lexists(root / folder))


def allow_running(root: Path, path: str) -> None:
    """Let a plain file be run by whoever may read it; nothing there is fine."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), _parent(root, path) as (folder, name, _):
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(info.st_mode):
            mode = stat.S_IMODE(info.st_mode)
            os.chmod(name, mode | ((mode & 0o444) >> 2), dir_fd=folder)


def prune(root: Path, folders: tuple[str, ...]) -> None:
    """Remove these folders, innermost first, as far as they are empty."""
    for folder in folders:
        try:
            with _parent(root, folder) as (handle, name, _):
                os.rmdir(name, dir_fd=handle)
        except OSError:
            return


def remove_tree(folder: Path) -> None:
    """Delete a folder of ours with all that is in it, whatever permissions a test left behind."""
    if not os.path.lexists(folder):
        return
    if os.name == "posix":  # three times faster than shutil at 50,000 files
        subprocess.run(["rm", "-rf", "--", os.fspath(folder)], capture_output=True, check=False)
    if folder.exists():
        for place_, folders, _ in os.walk(folder):
            for inner in (Path(place_) / name for name in folders):
                with contextlib.suppress(OSError):
                    if not inner.is_symlink():
                        inner.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
