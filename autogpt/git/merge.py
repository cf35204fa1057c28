"""Three texts become one: lines that both sides left alone or changed alike, and conflicts as values."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autogpt.git.plumbing import scrubbed

_MARK = 47
"""Length of the conflict marks: longer than any that a file may hold of its own."""


@dataclass(frozen=True)
class Merged:
    data: bytes = b""
    conflict: str = ""
    """Why there is no merge, as a clause; "" when there is one."""
    line: int = 0
    """The first line of ours that theirs disagrees with, from 1; 0 when it cannot be told."""


def three_way(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Make in `ours` the change from `base` to `theirs`. Where only line endings differ, those of `ours` are kept."""
    if ours in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    if any(b"\0" in text for text in (base, ours, theirs)):
        return Merged(conflict="both sides changed a file that is not text")
    merged = _merge_file(base, ours, theirs)
    if merged.conflict and _ending(ours) != _ending(base):
        again = _merge_file(_with_ending(base, ours), ours, _with_ending(theirs, ours))
        return merged if again.conflict else again
    return merged


def _merge_file(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    with tempfile.TemporaryDirectory(prefix="autogpt-merge-") as folder:
        names = ("ours", "base", "theirs")
        for name, text in zip(names, (ours, base, theirs), strict=True):
            (Path(folder) / name).write_bytes(text)
        done = subprocess.run(
            ["git", "merge-file", "-p", "-q", f"--marker-size={_MARK}", *names],
            cwd=folder,
            env=scrubbed() | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CEILING_DIRECTORIES": str(Path(folder).parent)},
            capture_output=True,
            check=False,
        )
    if done.returncode == 0:
        return Merged(done.stdout)
    if done.returncode >= 128:
        return Merged(conflict="the lines cannot be merged")
    return Merged(conflict="the same lines were changed", line=_first_conflict(done.stdout))


def _first_conflict(text: bytes) -> int:
    return text[: text.find(b"<" * _MARK)].count(b"\n") + 1


def _ending(text: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in text else b"\n"


def _with_ending(text: bytes, like: bytes) -> bytes:
    return re.sub(rb"\r?\n", _ending(like), text)
