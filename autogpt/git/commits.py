"""A change becomes a commit: once as the branch carries it, once with the bytes that tests ran, if these differ."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


def commit_change(private: Private, parent: str, change: Change, message: str, trailers: Mapping[str, str]) -> str:
    """Commit a change, relative to the workspace, on a published parent; the published commit is returned.

    Modes are kept, also of a file that an earlier commit of the branch deleted; a new script may be run. Raise
    `Refused` for a path no change may touch: outside, in `.git`, in a submodule, a symbolic link (removing it is fine).
    """
    prefix = f"{private.repository.prefix}/" if private.repository.prefix else ""
    lent = nested.known(private)
    whole = {prefix + files.checked(path): data for path, data in change.items()}
    raw_parent = private.raw(parent)
    base = private.base(raw_parent)
    states = [entries(private.git, commit, list(whole)) for commit in (raw_parent, base)]
    for path in whole:
        nested.refuse_inside(path, lent)
    _refuse_submodules(private, parent, list(whole), prefix)
    raw = dict[str, "Entry | None"]()
    for path, data in whole.items():
        old = states[0].get(path) or states[1].get(path)
        raw[path] = None if data is None else _raw_entry(private, path, data, old, new=path not in states[1])
    published = raw if raw_parent == parent else _published(private, parent, raw_parent, whole, raw)
    text = message_with(message, trailers)
    commit = _made(private, parent, published, text)
    twin = commit if raw_parent == parent else _made(private, raw_parent, raw, text)
    private.remember(commit, twin)
    private.bases[twin] = base
    return commit


def _raw_entry(private: Private, path: str, data: bytes, old: Entry | None, *, new: bool) -> Entry:
    if old is not None and old.mode == LINK and blob(private.git, old) != data:
        raise files.Refused(path, "is a symbolic link")
    mode = old.mode if old is not None and not new else PROGRAM if files.is_script(data) else PLAIN
    return Entry(mode, hashed(private.git, data))


def hashed(git: Git, data: bytes, path: str | None = None) -> str:
    """Write a blob; with a path it goes through the conversions that attributes ask for."""
    how = ("--path", path) if path is not None else ("--no-filters",)
    return git.run("hash-object", "-w", "--stdin", *how, input=data).decode().strip()


def _refuse_submodules(private: Private, parent: str, paths: Sequence[str], prefix: str) -> None:
    above = {path[:end] for path in paths for end, mark in enumerate(path) if mark == "/"} | set(paths)
    for path, entry in entries(private.git, parent, sorted(above)).items():
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
        (entries(private.git, seen, list(change)), entries(private.git, kept, list(change)))
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
            return replace(entry, id=hashed(private.git, data.replace(b"\r\n", b"\n")))
    return replace(entry, id=hashed(private.users_git, data, path))


def message_with(message: str, trailers: Mapping[str, str]) -> str:
    """The message with a block of trailers that git can parse, whatever their values hold."""
    text = message.strip() or "Change"
    lines = [f"{key}: {' '.join(value.split())}" for key, value in trailers.items() if value.strip()]
    return f"{text}\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def _made(private: Private, parent: str, change: Mapping[str, Entry | None], message: str) -> str:
    """One process: the trees between the root and the changed files are rewritten, the rest is not even read."""
    name, email = private.identity
    ref = f"refs/made/{secrets.token_hex(8)}"
    who = f"{_plain(name) or 'autogpt'} <{_plain(email)}> {int(time.time())} {_zone()}".encode("utf-8", "replace")
    text = message.encode("utf-8", "replace")
    lines = [b"feature done", b"commit " + ref.encode(), b"mark :1", b"author " + who, b"committer " + who]
    lines += [b"data %d" % len(text), text, b"from " + parent.encode()]
    lines += [b"D " + _quoted(path) for path, entry in change.items() if entry is None]
    lines += [
        b"M %s %s %s" % (entry.mode.encode(), entry.id.encode(), _quoted(path))
        for path, entry in change.items()
        if entry is not None
    ]
    lines += [b"", b"get-mark :1", b"done", b""]
    commit = private.git.run("fast-import", "--quiet", "--date-format=raw", input=b"\n".join(lines)).decode().strip()
    if not commit:
        raise WorkspaceError("git made no commit of the change.")
    private.git.run("update-ref", "--stdin", input=f"update refs/kept/{commit} {commit}\ndelete {ref}\n".encode())
    return commit


def _zone() -> str:
    return time.strftime("%z") or "+0000"


def _plain(text: str) -> str:
    return "".join(mark for mark in text if mark.isprintable() and mark not in "<>").strip()


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it, all but plain characters in octal."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"
    return b'"' + b"".join(bytes([c]) if c in plain else b"\\%03o" % c for c in os.fsencode(path)) + b'"'
