"""A change becomes a commit: once as the branch carries it, once with the bytes that tests ran, if these differ."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from autogpt.errors import WorkspaceError
from autogpt.git import files, nested
from autogpt.git.plumbing import Git
from autogpt.git.private import Private
from autogpt.models.base import Change

PLAIN, PROGRAM, LINK, GITLINK = "100644", "100755", "120000", "160000"


@dataclass(frozen=True)
class Entry:
    mode: str
    id: str
    data: bytes | None = None
    """The bytes of a blob that is not written yet; it goes into the store along with the commit."""


Tree = Mapping[str, Entry]


def entries(git: Git, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
    """Files and links of a commit at these paths, relative to the top level; folders are left out."""
    if not commit or not paths:
        return {}
    found: dict[str, Entry] = {}
    for start in range(0, len(paths), 500):
        for record in git.items("--literal-pathspecs", "ls-tree", "-z", commit, "--", *paths[start : start + 500]):
            facts, _, path = record.partition(b"\t")
            mode, kind, id = facts.decode().split(" ")
            if kind != "tree":
                found[os.fsdecode(path)] = Entry(mode, id)
    return found


def blob(git: Git, entry: Entry | None) -> bytes | None:
    return None if entry is None else git.run("cat-file", "blob", entry.id)


@dataclass(frozen=True)
class _Forms:
    """A change by paths from the top level: as the branch carries it, and with the bytes that tests ran."""

    published: Mapping[str, Entry | None]
    raw: Mapping[str, Entry | None]
    raw_parent: str


def commit_change(private: Private, parent: str, change: Change, message: str, trailers: Mapping[str, str]) -> str:
    """Commit a change, relative to the workspace, on a published parent; the published commit is returned.

    Modes are kept, also of a file that an earlier commit of the branch deleted; a new script may be run. Raise
    `Refused` for a path no change may touch: outside, in `.git`, in a submodule, a symbolic link (removing it is fine).
    """
    forms = _forms(private, parent, change)
    text = message_with(message, trailers)
    refs = [f"refs/made/{secrets.token_hex(8)}"]
    commit = twin = _made(private, parent, forms.published, text, refs[0])
    if forms.raw_parent != parent:
        refs.append(f"refs/made/{secrets.token_hex(8)}")
        twin = _made(private, forms.raw_parent, forms.raw, text, refs[1])
    private.remember(commit, twin, instead_of=refs)
    private.bases[twin] = private.base(forms.raw_parent)
    return commit


def preview_change(private: Private, parent: str, change: Change) -> str:
    """As `commit_change`, but a commit to look at only: nothing keeps it longer than an hour. Raise `Refused`."""
    published = _forms(private, parent, change).published
    return _made(private, parent, published, "Preview", f"refs/made/{secrets.token_hex(8)}", is_kept=False)


def _forms(private: Private, parent: str, change: Change) -> _Forms:
    """Raise `Refused` as `commit_change` does."""
    prefix = f"{private.repository.prefix}/" if private.repository.prefix else ""
    lent = nested.known(private)
    whole = {prefix + files.checked(path): data for path, data in change.items()}
    raw_parent = private.raw(parent)
    base = private.base(raw_parent)
    there, first = (_around(private, commit, whole) for commit in (raw_parent, base))
    for path in whole:
        nested.refuse_inside(path, lent)
    _refuse_submodules(_around(private, parent, whole), whole, prefix)
    raw = dict[str, "Entry | None"]()
    for path, data in whole.items():
        old = there.get(path) or first.get(path)
        raw[path] = None if data is None else _raw_entry(private, path, data, old, new=path not in first)
    published = raw if raw_parent == parent else _published(private, parent, raw_parent, whole, raw)
    return _Forms(published, raw, raw_parent)


def _around(private: Private, commit: str, paths: Iterable[str]) -> Tree:
    """What a commit has at these paths and above them. A commit never changes, so it is asked once."""
    above = {path[:end] for path in paths for end, mark in enumerate(path) if mark == "/"}
    return _listed(private.git, commit, tuple(sorted({*above, *paths})))


@functools.lru_cache(maxsize=64)
def _listed(git: Git, commit: str, paths: tuple[str, ...]) -> Tree:
    return entries(git, commit, paths)


def _raw_entry(private: Private, path: str, data: bytes, old: Entry | None, *, new: bool) -> Entry:
    if old is not None and old.mode == LINK and blob(private.git, old) != data:
        raise files.Refused(path, "is a symbolic link")
    mode = old.mode if old is not None and not new else PROGRAM if files.is_script(data) else PLAIN
    return _unwritten(private, mode, data)


def _unwritten(private: Private, mode: str, data: bytes) -> Entry:
    """The entry of a blob that is to be written, named as git names it."""
    digest = hashlib.new(private.repository.object_format, b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return Entry(mode, digest.hexdigest(), data)


def hashed(git: Git, data: bytes, path: str | None = None) -> str:
    """Write a blob; with a path it goes through the conversions that attributes ask for."""
    how = ("--path", path) if path is not None else ("--no-filters",)
    return git.run("hash-object", "-w", "--stdin", *how, input=data).decode().strip()


def _refuse_submodules(there: Tree, paths: Container[str], prefix: str) -> None:
    for path, entry in there.items():
        if entry.mode == GITLINK:
            raise files.Refused(path.removeprefix(prefix), "belongs to another repository")
        if entry.mode == LINK and path not in paths:
            raise files.Refused(path.removeprefix(prefix), "is a symbolic link")


def _published(
    private: Private, parent: str, raw_parent: str, change: Change, raw: Mapping[str, Entry | None]
) -> dict[str, Entry | None]:
    """What git would commit for these working files, with as small a difference to the parent as can be."""
    base = private.base(raw_parent)
    published_base = private.published(base)
    pairs = [
        (_around(private, seen, change), _around(private, kept, change))
        for seen, kept in ((raw_parent, parent), (base, published_base))
    ]
    filtered = private.filtered([os.fsencode(path) for path in change], "filter")
    result: dict[str, Entry | None] = {}
    for path, entry in raw.items():
        data = change[path]
        result[path] = None
        if entry is not None and data is not None:
            result[path] = _published_entry(private, path, data, entry, pairs, filtered=os.fsencode(path) in filtered)
    return result


def _published_entry(
    private: Private, path: str, data: bytes, entry: Entry, pairs: Sequence[tuple[Tree, Tree]], *, filtered: bool
) -> Entry:
    for raw, published in pairs:
        seen, kept = raw.get(path), published.get(path)
        if seen is not None and kept is not None and seen.id == entry.id:
            return kept
    seen, kept = next(((raw[path], kept[path]) for raw, kept in pairs if path in raw and path in kept), (None, None))
    if filtered or entry.mode == LINK:
        return entry
    if seen is not None and kept is not None:
        if seen.id == kept.id:
            return entry
        if (blob(private.git, seen) or b"").replace(b"\r\n", b"\n") == blob(private.git, kept):
            return _unwritten(private, entry.mode, data.replace(b"\r\n", b"\n"))
    return Entry(entry.mode, hashed(private.users_git, data, path))


def message_with(message: str, trailers: Mapping[str, str]) -> str:
    """The message with a block of trailers that git can parse, whatever their values hold."""
    text = message.strip() or "Change"
    lines = [f"{key}: {' '.join(value.split())}" for key, value in trailers.items() if value.strip()]
    return f"{text}\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def _made(
    private: Private,
    parent: str,
    change: Mapping[str, Entry | None],
    message: str,
    ref: str,
    *,
    is_kept: bool = True,
) -> str:
    """One process: the trees between the root and the changed files are rewritten, the rest is not even read.

    `ref` keeps the commit from being pruned until something else does, unless nothing needs to.
    """
    name, email = private.identity
    who = f"{_plain(name) or 'autogpt'} <{_plain(email)}> {int(time.time())} {_zone()}".encode("utf-8", "replace")
    text = message.encode("utf-8", "replace")
    lines = [b"feature done", b"commit " + ref.encode(), b"mark :1", b"author " + who, b"committer " + who]
    lines += [b"data %d" % len(text), text, b"from " + parent.encode()]
    lines += [b"D " + _quoted(path) for path, entry in change.items() if entry is None]
    lines += [_put(path, entry) for path, entry in change.items() if entry is not None]
    lines += [b"", b"get-mark :1"]
    lines += [] if is_kept else [b"reset " + ref.encode(), b"from " + private.repository.zero.encode(), b""]
    lines += [b"done", b""]
    commit = private.git.run("fast-import", "--quiet", "--date-format=raw", input=b"\n".join(lines)).decode().strip()
    if not commit:
        raise WorkspaceError("git made no commit of the change.")
    return commit


def _put(path: str, entry: Entry) -> bytes:
    if entry.data is None:
        return b"M %s %s %s" % (entry.mode.encode(), entry.id.encode(), _quoted(path))
    return b"M %s inline %s\ndata %d\n%s" % (entry.mode.encode(), _quoted(path), len(entry.data), entry.data)


def _zone() -> str:
    return time.strftime("%z") or "+0000"


def _plain(text: str) -> str:
    return "".join(mark for mark in text if mark.isprintable() and mark not in "<>").strip()


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it, all but plain characters in octal."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"
    return b'"' + b"".join(bytes([c]) if c in plain else b"\\%03o" % c for c in os.fsencode(path)) + b'"'
