"""Python files of the project as decoded text, and edits of them as new bytes: encoding, BOM, line endings kept."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.models.base import Change
from autogpt.search.edit import Edit, apply_edit
from autogpt.search.space.source import Source

MAX_BYTES = 1 << 20
"""Longer files are data, or made by a program, and no place to look for a bug."""


@dataclass(slots=True)
class Files:
    """Read on demand, once. What cannot be read, decoded or parsed is not there for the search."""

    tree: Path
    _sources: dict[str, Source | None] = field(default_factory=dict[str, "Source | None"])
    _encodings: dict[str, str] = field(default_factory=dict[str, str])

    def source(self, path: str) -> Source | None:
        """The text and syntax tree of a file, or None."""
        if path not in self._sources:
            self._sources[path] = self._read(path)
        return self._sources[path]

    def _read(self, path: str) -> Source | None:
        try:
            data = (self.tree / path).read_bytes()
            if len(data) > MAX_BYTES:
                return None
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            source = Source(path, data.decode(encoding))
            source.tree  # noqa: B018 - parsed here, so that a mistake in it is met here
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None
        self._encodings[path] = encoding
        return source

    def texts(self, paths: Iterable[str]) -> dict[str, str]:
        """Texts by path, for those that can be read."""
        found = {path: self.source(path) for path in paths}
        return {path: source.text for path, source in found.items() if source is not None}

    def edited(self, edit: Edit) -> dict[str, str]:
        """New texts by path."""
        return apply_edit(edit, self.texts(single.path for single in edit.singles()))

    def change(self, edit: Edit) -> Change:
        """New bytes by path. Raise UnicodeEncodeError for text that the file's encoding cannot hold."""
        return {path: text.encode(self._encodings[path]) for path, text in self.edited(edit).items()}
