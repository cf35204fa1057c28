"""A copy of a snapshot's raw tree, outside the working tree, in which candidates are laid and taken away again."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
import zlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from autogpt.git import files, nested
from autogpt.git.files import Content
from autogpt.git.plumbing import Git, GitFailed, refused
from autogpt.git.private import Private
from autogpt.models.base import Change

_MEMORY = Path("/dev/shm")
_MEMORY_SHARE = 8
"""A tree goes into memory, which is up to ten times faster at 50,000 files, if it takes less than this part of it."""


@dataclass
class ScratchTree:
    """`root` stands for the repository's top level, `workspace` for the workspace. Not for two threads at once."""

    root: Path
    workspace: Path
    prefix: str = ""
    borrowed: tuple[str, ...] = ()
    """Submodules and nested repositories, relative to `root`; their files are copies that no change may touch."""
    _clock: int = field(default_factory=lambda: int(time.time()) + 1)

    @contextlib.contextmanager
    def lay(self, change: Change) -> Generator[Path, None, None]:
        """Write a change, relative to the workspace, and take it away at the end; may be nested.

        Every write, also the one that restores, gets a whole second that no file of the tree had before, so that
        no `.pyc` (known by size and second) answers for another text. Raise `Refused` before anything is written
        for a path outside the workspace, behind or at a symbolic link, or in `.git`.
        """
        before = {path: self._read(path, data) for path, data in change.items()}
        missing = {path: files.missing_folders(self.workspace, path) for path in change}
        try:
            self._write({path: _laid(data, before[path]) for path, data in change.items()})
            yield self.workspace
        finally:
            self._write(before)
            for folders in missing.values():
                files.prune(self.workspace, folders)

    def _read(self, path: str, data: bytes | None) -> Content | None:
        full = f"{self.prefix}/{path}" if self.prefix else path
        nested.refuse_inside(full, self.borrowed)
        there = files.read(self.root, full) if files.checked(path) else None
        if there is not None and there.link and data is not None and data != there.data:
            raise files.Refused(path, "is a symbolic link")
        return there

    def _write(self, contents: dict[str, Content | None]) -> None:
        self._clock = max(self._clock + 1, int(time.time()) + 1)
        for path in (path for path, content in contents.items() if content is None):
            files.remove(self.workspace, path)
        for path, content in contents.items():
            if content is not None:
                files.write(self.workspace, path, content, self._clock)


def _laid(data: bytes | None, before: Content | None) -> Content | None:
    if data is None or before is None:
        return None if data is None else Content(data, files.is_script(data))
    return Content(data, before.executable, before.link)


@contextlib.contextmanager
def scratch_tree(
    private: Private, held: Callable[[], AbstractContextManager[None]], commit: str
) -> Generator[ScratchTree, None, None]:
    """Materialise a commit's bytes; removed at the end, whatever happens. A kill leaves what `prune_trees` removes.

    `held` keeps the store for this process alone.
    """
    name = secrets.token_hex(6)
    register = _register(private)
    with held():
        register.mkdir(parents=True, exist_ok=True)
        alive = FileLock(register / f"{name}.lock")
        alive.acquire(timeout=0)
    index = private.folder / f"tree-{name}.index"
    try:
        root = _filled(private, commit, name, index)
        workspace = root / private.repository.prefix
        workspace.mkdir(parents=True, exist_ok=True)
        borrowed = nested.lend(private, root)
        yield ScratchTree(root, workspace, private.repository.prefix, borrowed)
    finally:
        _remove(private, name)
        alive.release()
        (register / f"{name}.lock").unlink(missing_ok=True)


def _filled(private: Private, commit: str, name: str, index: Path) -> Path:
    """The folder with the files in it: in memory if it is small beside it, else on disk."""
    size, count = _size(private, commit)
    homes = [home for home in (_memory_home(private, size + 4096 * count), _register(private)) if home is not None]
    for home in homes:
        root = home / name
        try:
            root.mkdir(mode=0o700)
            git = Git(private.folder, root, index, alternates=private.users_objects)
            git.run("read-tree", "-m", "-u", commit)
        except (GitFailed, OSError) as error:
            files.remove_tree(root)
            index.unlink(missing_ok=True)
            if home == homes[-1]:
                raise error if isinstance(error, GitFailed) else refused(error) from None
        else:
            return root
    raise AssertionError("the last home either returns or raises")


def _size(private: Private, commit: str) -> tuple[int, int]:
    """Bytes and number of files of a commit."""
    listed = private.git.run("ls-tree", "-r", "-l", "-z", commit)
    sizes = re.findall(rb"(?:^|\0)\d+ blob [0-9a-f]+ +(\d+)\t", listed)
    return sum(map(int, sizes)), len(sizes)


def _register(private: Private) -> Path:
    """The folder of trees on disk and of the locks that tell which trees are alive, wherever they lie."""
    return private.state / "trees"


def _memory_home(private: Private, size: int | None = None) -> Path | None:
    """A folder of ours in memory. With a size it is made, if there is room and programs may be run from there."""
    if os.name != "posix":
        return None
    home = _MEMORY / f"autogpt-{os.getuid()}"
    mine = home / f"{private.state.name}-{zlib.crc32(os.fsencode(private.state)):08x}"
    try:
        if size is not None:
            if not _has_room(os.statvfs(_MEMORY), size):
                return None
            home.mkdir(mode=0o700, exist_ok=True)
        info = home.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
            return None  # somebody else made it, to read or to change what is tested
        if size is not None:
            mine.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return mine


def _has_room(facts: os.statvfs_result, size: int) -> bool:
    if facts.f_flag & getattr(os, "ST_NOEXEC", 8):
        return False
    if size * 2 > facts.f_bavail * facts.f_frsize:
        return False
    found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    return found is not None and size * _MEMORY_SHARE < int(found[1]) * 1024


def _remove(private: Private, name: str) -> None:
    for home in (_register(private), _memory_home(private)):
        if home is not None:
            files.remove_tree(home / name)
            if home != _register(private):
                with contextlib.suppress(OSError):
                    home.rmdir()
    for index in private.folder.glob(f"tree-{name}.index*"):
        index.unlink(missing_ok=True)


def prune_trees(private: Private) -> None:
    """Remove the trees of dead processes. Call under the store's lock."""
    register = _register(private)
    homes = [home for home in (register, _memory_home(private)) if home is not None and home.is_dir()]
    names = {entry.name.removesuffix(".lock") for home in homes for entry in home.iterdir()}
    for name in names:
        alive = FileLock(register / f"{name}.lock")
        try:
            register.mkdir(parents=True, exist_ok=True)
            alive.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        _remove(private, name)
        alive.release()
        (register / f"{name}.lock").unlink(missing_ok=True)
