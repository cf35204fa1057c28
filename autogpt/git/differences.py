"""What lies between two commits: text, counts, hunks. Paths are relative to the workspace; nothing is written."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autogpt.git.private import Private
from autogpt.result import FileStat

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_PATCH = ("-r", "-p", "--binary", "--src-prefix=a/", "--dst-prefix=b/")
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=all")


@dataclass(frozen=True)
class Hunk:
    """A stretch of lines of the working files that the proposal replaces, with three lines of context.

    Lines count from 1; where a side has no lines its start is the line before, as in a unified diff. A file that is
    not text, or whose lines cannot be told, is one hunk without lines.
    """

    id: str
    """The same for the same change of the same file, wherever its lines have moved."""
    path: str
    old_start: int = 0
    old_count: int = 0
    new_start: int = 0
    new_count: int = 0
    lines: tuple[bytes, ...] = ()
    """As in a unified diff, each with its mark and its line ending."""

    @property
    def text(self) -> str:
        """The hunk for display."""
        head = f"@@ -{self.old_start},{self.old_count} +{self.new_start},{self.new_count} @@\n"
        return head + b"".join(self.lines).decode("utf-8", "replace")


def diff(private: Private, base: str, commit: str, paths: Sequence[str] = ()) -> str:
    """A unified diff of the published forms, paths relative to the workspace; undecodable bytes show as U+FFFD."""
    how = (*_PATCH, *_PLAIN, *_below(private))
    return private.git.run(
        "--literal-pathspecs", "diff-tree", *how, base, commit, "--", *_whole(private, paths)
    ).decode("utf-8", "replace")


def stats(private: Private, base: str, commit: str) -> tuple[FileStat, ...]:
    """Lines added and removed by file."""
    return _stats(private.git.run("diff-tree", "-r", "-z", "--numstat", *_PLAIN, *_below(private), base, commit))


def difference(private: Private, base: str, commit: str) -> tuple[tuple[FileStat, ...], str]:
    """`stats` and `diff` by one process: in its output an empty record lies between the two."""
    how = (*_PATCH, "-z", "--numstat", *_PLAIN, *_below(private))
    counts, _, patch = private.git.run("diff-tree", *how, base, commit).partition(b"\0\0")
    return _stats(counts), patch.decode("utf-8", "replace")


def _stats(said: bytes) -> tuple[FileStat, ...]:
    rows = (record.split(b"\t", 2) for record in said.split(b"\0") if record)
    return tuple(FileStat(os.fsdecode(path), _count(added), _count(removed)) for added, removed, path in rows)


def _count(text: bytes) -> int:
    return -1 if text == b"-" else int(text)


def changed_paths(private: Private, base: str, commit: str) -> tuple[str, ...]:
    said = private.git.items("diff-tree", "-r", "-z", "--name-only", *_PLAIN, *_below(private), base, commit)
    return tuple(os.fsdecode(path) for path in said)


def hunks(private: Private, base: str, commit: str) -> tuple[Hunk, ...]:
    """The hunks between two commits, given by their raw forms, in the order of paths and lines."""
    found: list[Hunk] = []
    for path in changed_paths(private, base, commit):
        found += hunks_of(private, base, commit, path)
    return tuple(found)


def hunks_of(private: Private, base: str, commit: str, path: str) -> list[Hunk]:
    how = ("-r", "-p", "-U3", *_PLAIN, *_below(private))
    text = private.git.run("--literal-pathspecs", "diff-tree", *how, base, commit, "--", *_whole(private, [path]))
    seen: dict[str, int] = {}
    found: list[Hunk] = []
    for (old_start, old_count, new_start, new_count), lines in _split(text):
        essence = b"".join(line for line in lines if line[:1] in b"+-")
        id = hashlib.sha256(os.fsencode(path) + b"\0" + essence).hexdigest()[:12]
        seen[id] = seen.get(id, 0) + 1
        id = id if seen[id] == 1 else f"{id}-{seen[id]}"
        found.append(Hunk(id, path, old_start, old_count, new_start, new_count, tuple(lines)))
    whole = hashlib.sha256(os.fsencode(path) + text).hexdigest()[:12]
    return found or [Hunk(whole, path)]


def _split(text: bytes) -> Iterator[tuple[tuple[int, int, int, int], list[bytes]]]:
    """The ranges and lines of each hunk of one file's diff; the counts say where a hunk ends, not its content."""
    lines = split_lines(text)
    place = 0
    while place < len(lines):
        header = _HEADER.match(lines[place])
        place += 1
        if header is None:
            continue
        old_start, old, new_start, new = (1 if part is None else int(part) for part in header.groups())
        counts, body = (old_start, old, new_start, new), list[bytes]()
        while place < len(lines) and (old > 0 or new > 0 or lines[place].startswith(b"\\")):
            line = lines[place]
            place += 1
            if line.startswith(b"\\"):  # "\ No newline at end of file"
                body[-1] = body[-1].removesuffix(b"\n")
                continue
            old -= line[:1] in (b" ", b"-")
            new -= line[:1] in (b" ", b"+")
            body.append(line)
        yield counts, body


def with_hunks(base: bytes, chosen: Sequence[Hunk]) -> bytes:
    """The base with only these hunks of one file made."""
    lines = split_lines(base)
    for hunk in sorted(chosen, key=lambda hunk: hunk.old_start, reverse=True):
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        new = [line[1:] for line in hunk.lines if line[:1] in (b" ", b"+")]
        lines[start : start + hunk.old_count] = new
    return b"".join(lines)


def split_lines(data: bytes) -> list[bytes]:
    """Lines as git counts them, by line feeds alone, endings kept."""
    pieces = data.split(b"\n")
    lines = [piece + b"\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _below(private: Private) -> tuple[str, ...]:
    prefix = private.repository.prefix
    return (f"--relative={prefix}/",) if prefix else ()


def _whole(private: Private, paths: Sequence[str]) -> list[str]:
    prefix = private.repository.prefix
    return [f"{prefix}/{path}" if prefix else path for path in paths]
