"""Reads the scratch tree for prompts: text files of the project only, nothing outside, nothing secret, nothing huge."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.context.project import Sign
from autogpt.models.base import Change
from autogpt.models.secrets import is_secret_file

MAX_FILE = 400_000
"""Bytes; a larger text file is data rather than code."""
MAX_FILES = 20_000
TOOL_FOLDERS = [".git", ".hg", ".svn", ".idea", ".vscode", ".tox", ".nox", ".eggs", ".cache", ".next", ".hypothesis"]
CACHE_FOLDERS = ["__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "coverage", "htmlcov"]
FOREIGN_FOLDERS = [".venv", "venv", "node_modules", "site-packages", "vendor", "dist", "build", "target"]
IGNORED = frozenset([*TOOL_FOLDERS, *CACHE_FOLDERS, *FOREIGN_FOLDERS])


@dataclass(frozen=True, slots=True)
class Tree:
    """Files below `root` with a change laid over them; paths are relative, with `/`."""

    root: Path
    over: Change = field(default_factory=dict[str, "bytes | None"])

    def read_bytes(self, path: str) -> bytes | None:
        """None where there is no file, or only one that is reached through a link out of the tree."""
        if path in self.over:
            return self.over[path]
        if not path or "\0" in path or self.escapes(path):
            return None
        place = self.root / path
        try:
            return place.read_bytes() if place.is_file() else None
        except OSError:
            return None

    def escapes(self, path: str) -> bool:
        """Whether a path leads out of the tree: upwards, absolute, or through a symbolic link."""
        real = os.path.realpath(self.root / path)
        base = os.path.realpath(self.root)
        return os.path.commonpath([base, real]) != base

    def text(self, path: str) -> str | None:
        """The text of a file that may be shown; None for what is missing, secret, binary or too large."""
        if is_secret_file(path):
            return None
        content = self.read_bytes(path)
        if content is None or len(content) > MAX_FILE or b"\0" in content[:8000]:
            return None
        return content.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")

    def paths(self) -> Iterator[str]:
        """All files that may be shown, in a fixed order, at most `MAX_FILES`."""
        removed = {path for path, content in self.over.items() if content is None}
        added = {path for path, content in self.over.items() if content is not None}
        names = sorted({*self._walk(), *added} - removed)
        return iter([name for name in names if not is_secret_file(name)])

    def signs(self) -> dict[str, Sign]:
        """For every file of `paths` what tells whether it is as it was: root, time and size, or what is laid over."""
        signs: dict[str, Sign] = {}
        for path in self.paths():
            if path in self.over:
                signs[path] = ("over", hash(self.over[path]))
                continue
            with contextlib.suppress(OSError):
                stat = os.stat(f"{self.root}/{path}")  # noqa: PTH116  # ten thousand times: a Path each costs more
                signs[path] = (str(self.root), stat.st_mtime_ns, stat.st_size)
        return signs

    def _walk(self) -> Iterator[str]:
        count = 0
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in IGNORED and not name.endswith(".egg-info"))
            below = os.path.relpath(folder, self.root).replace(os.sep, "/")
            for name in sorted(files):
                yield name if below == "." else f"{below}/{name}"
                count += 1
                if count >= MAX_FILES:
                    return
