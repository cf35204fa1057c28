"""A commit of exactly what the person sees, made without writing anything of theirs.

Two forms of it: *raw* has the bytes of the working files and is what tests run; *published* is what git would have
committed (line endings converted, filtered files as in the index) and is what a branch can carry.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from autogpt.errors import WorkspaceError
from autogpt.git import files
from autogpt.git import nested as nested_repositories
from autogpt.git.commits import hashed
from autogpt.git.plumbing import Git, GitFailed, together, zeroed
from autogpt.git.private import Private
from autogpt.git.text import encoded
from autogpt.task import UnsavedText

MAX_FILE = 100 * 1024 * 1024
"""Bytes; a larger file that changed or is new stays out of the snapshot."""
MAX_BYTES = 4 * 1024 * 1024 * 1024
MAX_FILES = 400_000
"""New content beyond these is a folder of data that somebody forgot to ignore, not a project."""

_CONVERTING = re.compile(rb"\b(text|eol|crlf|filter|ident|working-tree-encoding|binary)\b")
_IDENTITY = (("user.name", "autogpt"), ("user.email", "autogpt@localhost"))


@dataclass(frozen=True)
class Snapshot:
    """`commit` is the published form (HEAD itself when nothing differs), `raw` the byte-exact one that is run."""

    commit: str
    raw: str
    head: str
    """The commit that HEAD names; "" without one."""
    skipped: tuple[str, ...] = ()
    """Left out, relative to the repository: too large, not readable, or a repository of its own (ends with `/`)."""
    unmerged: tuple[str, ...] = ()
    """With conflicts that nobody has resolved; they are in the snapshot as they lie there, markers and all."""


@dataclass
class _Scan:
    """What the user's index and the working files say; paths are bytes relative to the top level."""

    tracked: set[bytes] = field(default_factory=set[bytes])
    flagged: set[bytes] = field(default_factory=set[bytes])
    """Skip-worktree or assume-unchanged: the person told git not to look at these files."""
    gitlinks: set[bytes] = field(default_factory=set[bytes])
    """Submodules."""
    present: set[bytes] = field(default_factory=set[bytes])
    """In the raw index."""
    changed: set[bytes] = field(default_factory=set[bytes])
    """To be read again: changed, deleted or new."""
    gone: set[bytes] = field(default_factory=set[bytes])
    """In the raw index, but ignored or no longer files of this repository."""
    skipped: set[bytes] = field(default_factory=set[bytes])
    unmerged: set[bytes] = field(default_factory=set[bytes])


def take(private: Private, unsaved: Sequence[UnsavedText] = ()) -> Snapshot:
    """Make the snapshot. Call under the lock. Raise `WorkspaceError` where the repository or the disk is at fault."""
    head = _head(private)
    scan = _scan(private)
    _update(private.git, scan)
    buffers = _buffers(private, scan, unsaved)
    raw_tree = _raw_tree(private, buffers)
    if private.repository.has_git and (scan.flagged or scan.gitlinks or _converts(private, scan)):
        tree = _published_tree(private, scan, buffers)
    else:
        tree = raw_tree
    commit = _committed(private, tree, head)
    raw = commit if tree == raw_tree else _commit(private, raw_tree, [])
    private.remember(commit, raw, snapshot=True)
    _secure(private, [commit, raw], head)
    return Snapshot(commit, raw, head, _names(scan.skipped), _names(scan.unmerged))


def _names(paths: set[bytes]) -> tuple[str, ...]:
    return tuple(sorted(os.fsdecode(path) for path in paths))


def _head(private: Private) -> str:
    if not private.repository.has_git:
        return ""
    git = private.repository.users_git()
    code, said = git.call(("rev-parse", "-q", "--verify", "HEAD"), ok=(0, 1))
    if code:
        return ""
    commit = said.decode().strip()
    git.run("cat-file", "-e", f"{commit}^{{tree}}")
    return commit


def _scan(private: Private) -> _Scan:
    scan = _Scan()
    if private.repository.has_git:
        _read_users_index(private, scan)
    raw_git = private.git
    if not private.raw_index.exists():
        _seed(private, scan)
    dirty, others, present = together(
        (raw_git, ("diff-files", "-z", "--name-only", "--ignore-submodules=all")),
        (raw_git, ("ls-files", "-z", "-o", "--exclude-standard")),
        (raw_git, ("ls-files", "-z")),
    )
    nested = {path for path in others if path.endswith(b"/")}
    scan.present = set(present)
    folders = {path.rstrip(b"/") for path in nested} | scan.gitlinks
    scan.skipped |= {folder + b"/" for folder in nested_repositories.remember(private, folders)}
    scan.gone = _ignored(raw_git, scan.present - scan.tracked) | (scan.present & scan.gitlinks)
    scan.changed = (set(dirty) | set(others) | (scan.tracked - scan.present)) - nested - scan.gitlinks - scan.gone
    return scan


def _read_users_index(private: Private, scan: _Scan) -> None:
    for record in private.repository.users_git().items("ls-files", "-z", "-s", "-v"):
        facts, _, path = record.partition(b"\t")
        if facts.startswith(b"H 100"):
            scan.tracked.add(path)
            continue
        tag, mode, *_ = facts.split(b" ")
        if mode == b"160000":
            scan.gitlinks.add(path)
            continue
        scan.tracked.add(path)
        if tag == b"M":
            scan.unmerged.add(path)
        elif tag in b"SshH" and tag != b"H":
            scan.flagged.add(path)


def _seed(private: Private, scan: _Scan) -> None:
    """Begin with a copy of the user's index, so that only files which may differ from their blobs are read."""
    assert not private.raw_index.exists()
    fresh = private.raw_index.with_name("seed.index")
    fresh.unlink(missing_ok=True)
    raw_git = replace(private.git, index=fresh)
    if not copy_users_index(private, fresh):
        raw_git.run("read-tree", "--empty")
    else:
        for flag in ("--no-skip-worktree", "--no-assume-unchanged"):
            raw_git.run("update-index", flag, "-z", "--stdin", input=zeroed(scan.flagged))
        _doubt(private, raw_git, filters=_converts(private, scan))
    if scan.gitlinks:
        raw_git.run("update-index", "--force-remove", "-z", "--stdin", input=zeroed(scan.gitlinks))
    fresh.rename(private.raw_index)


def copy_users_index(private: Private, target: Path) -> bool:
    """A plain copy (not split, not sparse) that keeps the time which tells racy entries apart. False without one."""
    assert private.repository.git_dir is not None or not private.repository.has_git
    if private.repository.git_dir is None:
        return False
    try:
        with (private.repository.git_dir / "index").open("rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            info = os.fstat(source.fileno())
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))
    if b"link" in target.read_bytes() or private.repository.users_git().text(
        "config", "core.sparseCheckout", ok=(0, 1)
    ):
        replace(private.users_git, index=target).run("update-index", "--no-split-index", "--force-write-index")
    return True


def _doubt(private: Private, raw_git: Git, *, filters: bool) -> None:
    """Have files read again whose blob is not their bytes: by size for line endings, by attribute for filters."""
    entries = [record.partition(b"\t") for record in raw_git.items("ls-files", "-z", "-s")]
    entries = [entry for entry in entries if entry[0].endswith(b" 0")]
    blobs = [facts.split(b" ")[1] for facts, _, _ in entries]
    paths = [path for _, _, path in entries]
    with ThreadPoolExecutor(1) as pool:
        asked = b"".join(blob + b"\n" for blob in blobs)
        said = pool.submit(raw_git.run, "cat-file", "--batch-check=%(objectsize)", input=asked)
        top = os.fsencode(private.repository.toplevel) + b"/"
        on_disk = [info.st_size if (info := _status(top + path)) else -1 for path in paths]
        in_store = said.result().split(b"\n")
    suspects = private.filtered(paths) if filters else set[bytes]()
    again = [
        facts + b"\t" + path
        for (facts, _, path), disk, blob in zip(entries, on_disk, in_store, strict=False)
        if blob != b"%d" % disk or path in suspects
    ]
    if again:
        raw_git.run("update-index", "-z", "--index-info", input=zeroed(again))


def _ignored(raw_git: Git, paths: set[bytes]) -> set[bytes]:
    assert raw_git.work_tree is not None
    is_real = _Folders(os.fsencode(raw_git.work_tree))
    asked = [path for path in paths if is_real.above(path)]
    if not asked:
        return set()
    plain = zeroed(b"./" + path for path in asked)  # a name may begin like pathspec magic
    said = raw_git.items("check-ignore", "-z", "--no-index", "--stdin", input=plain, ok=(0, 1))
    return {path.removeprefix(b"./") for path in said}


class _Folders:
    """Tells whether the folders above a path are folders and not links, asking the system once for each."""

    def __init__(self, top: bytes) -> None:
        self._top = top
        self._known: dict[bytes, bool] = {b"": True}

    def above(self, path: bytes) -> bool:
        folder = path.rpartition(b"/")[0]
        if folder not in self._known:
            real = self.above(folder) and not os.path.islink(self._top + b"/" + folder)  # noqa: PTH114 - bytes
            self._known[folder] = real
        return self._known[folder]


def _update(git: Git, scan: _Scan) -> None:
    """Bring the raw index up to the working files; what is too large or not readable is left out."""
    assert git.work_tree is not None
    top = os.fsencode(git.work_tree)
    is_real, size, good, gone = _Folders(top), 0, list[bytes](), set(scan.gone)
    for path in sorted(scan.changed):
        info = _status(top + b"/" + path) if is_real.above(path) else None
        if info is None or stat.S_ISDIR(info.st_mode):
            gone.add(path)
        elif stat.S_ISREG(info.st_mode) and (info.st_size > MAX_FILE or not os.access(top + b"/" + path, os.R_OK)):
            scan.skipped.add(path)
            gone.add(path)
        else:
            size += info.st_size
            good.append(path)
    if size > MAX_BYTES or len(good) > MAX_FILES:
        amount = f"{len(good):,} files with {size / 1e9:.1f} GB"
        raise WorkspaceError(f"{amount} here are new to git.", "Add folders of data to .gitignore.")
    gone &= scan.present
    if gone:
        git.run("update-index", "--force-remove", "-z", "--stdin", input=zeroed(gone))
    many = (("core.bigFileThreshold", "1"),) if len(good) > 500 else ()  # one pack instead of many loose files
    scan.skipped |= _added(git.with_config(*many), good)
    if good or gone:
        scan.present = set(git.items("ls-files", "-z"))


def _status(path: bytes) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _added(git: Git, paths: list[bytes]) -> set[bytes]:
    """Add paths to the index; those that git cannot read are returned, found by halving."""
    if not paths:
        return set()
    try:
        git.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", input=zeroed(paths))
    except GitFailed as error:
        if error.disk_full:
            raise
        if len(paths) == 1:
            return set(paths)
        middle = len(paths) // 2
        return _added(git, paths[:middle]) | _added(git, paths[middle:])
    return set()


def _buffers(private: Private, scan: _Scan, unsaved: Sequence[UnsavedText]) -> dict[bytes, bytes]:
    """Content of the editor's buffers by path; a buffer for an ignored file or behind a link is left out."""
    found: dict[bytes, bytes] = {}
    prefix = f"{private.repository.prefix}/" if private.repository.prefix else ""
    for buffer in unsaved:
        path = os.fsencode(prefix + buffer.path)
        try:
            on_disk = files.read(private.repository.toplevel, prefix + buffer.path)
        except files.Refused:
            scan.skipped.add(path)
            continue
        if on_disk is not None and on_disk.link:
            scan.skipped.add(path)
            continue
        data = encoded(buffer.text, on_disk.data if on_disk else None)
        if on_disk is None or on_disk.data != data:
            found[path] = data
    hidden = _ignored(private.git, set(found) - scan.tracked)
    scan.skipped |= hidden
    return {path: data for path, data in found.items() if path not in hidden}


def _raw_tree(private: Private, buffers: dict[bytes, bytes]) -> str:
    if not buffers:
        return private.git.text("write-tree")
    with private.temporary_index() as index:
        shutil.copy2(private.raw_index, index)
        git = replace(private.git, index=index)
        _put(git, {path: hashed(git, data) for path, data in buffers.items()})
        return git.text("write-tree")


def _put(git: Git, blobs: dict[bytes, str]) -> None:
    """Set blobs in an index, keeping the modes."""
    modes = {
        path: facts.split(b" ")[0]
        for facts, _, path in (record.partition(b"\t") for record in git.items("ls-files", "-z", "-s"))
        if path in blobs
    }
    lines = [modes.get(path, b"100644") + b" " + blob.encode() + b"\t" + path for path, blob in blobs.items()]
    git.run("update-index", "--add", "--replace", "-z", "--index-info", input=zeroed(lines))


def _converts(private: Private, scan: _Scan) -> bool:
    """Whether anything may make a blob of the user's differ from the bytes of the file."""
    git = private.users_git
    if git.text("config", "core.autocrlf", ok=(0, 1)).lower() not in ("", "false", "no", "0"):
        return True
    assert private.repository.common_dir is not None
    named = git.text("config", "--type=path", "--get", "core.attributesFile", ok=(0, 1))
    config_home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    places = [Path(named or os.path.join(config_home, "git", "attributes"))]  # noqa: PTH118
    places.append(private.repository.common_dir / "info" / "attributes")
    names = (path for path in scan.present | scan.tracked if path.endswith(b".gitattributes"))
    places += [private.repository.toplevel / os.fsdecode(name) for name in names]
    return any(_mentions_conversion(private.repository.toplevel / place) for place in places)


def _mentions_conversion(place: Path) -> bool:
    try:
        return _CONVERTING.search(place.read_bytes()) is not None
    except OSError:
        return False


def _published_tree(private: Private, scan: _Scan, buffers: dict[bytes, bytes]) -> str:
    """What `git add -A` would make of it with the user's attributes, except that filtered files stay as they were."""
    with private.temporary_index() as index:
        git = replace(private.users_git, index=index)
        if not copy_users_index(private, index):
            git.run("read-tree", "--empty")
        dirty = git.items("diff-files", "-z", "--name-only", "--ignore-submodules=all")
        inside = tuple(link + b"/" for link in scan.gitlinks)
        paths = {path for path in (*dirty, *(scan.present - scan.tracked)) if not path.startswith(inside)}
        paths -= scan.skipped | scan.gitlinks
        paths -= private.filtered(paths, "filter")
        _added(git, sorted(paths))
        kept = private.filtered(buffers, "filter")
        _put(git, {path: hashed(git, data, os.fsdecode(path)) for path, data in buffers.items() if path not in kept})
        return git.text("write-tree")


def _committed(private: Private, tree: str, head: str) -> str:
    if head and private.git.text("rev-parse", f"{head}^{{tree}}") == tree:
        return head
    return _commit(private, tree, [head] if head else [])


def _commit(private: Private, tree: str, parents: Sequence[str]) -> str:
    git = private.git.with_config(*_IDENTITY)
    arguments = [part for parent in parents for part in ("-p", parent)]
    return git.text("commit-tree", tree, "-m", "Working files before the run", *arguments)


def _secure(private: Private, commits: Sequence[str], head: str) -> None:
    """Copy what only the user's repository has and HEAD does not hold, since their next clean-up may drop it."""
    if not private.repository.has_git or set(commits) == {head}:
        return
    reach = [*([f"^{head}"] if head else []), *dict.fromkeys(commits)]
    listed = private.git.run(
        "rev-list", "--objects", "--no-object-names", "--stdin", input="\n".join((*reach, "")).encode()
    )
    said = private.lone.run("cat-file", "--batch-check", input=listed)
    absent = [line.split(b" ")[0] for line in said.splitlines() if line.endswith(b" missing")]
    if absent:
        place = os.fspath(private.folder / "objects" / "pack" / "pack")
        private.git.run("pack-objects", "-q", place, input=b"\n".join(absent) + b"\n")
