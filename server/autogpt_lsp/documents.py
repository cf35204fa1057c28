"""Open documents as the client shows them, and positions in the client's counting. Lines end as LSP says, no other way.

`str.splitlines` also splits at form feeds and at U+2028, where no editor does, and every edit below would land wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types

from autogpt import task
from autogpt.errors import UsageError
from autogpt_lsp import uris

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")


def split_lines(text: str) -> list[str]:
    """Lines with their ends; the last one has none and may be empty."""
    lines = _LINES.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def units(text: str, encoding: str) -> int:
    """Length in the units in which a client counts."""
    if text.isascii() or encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else _utf16(text)


def _utf16(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def index_of(line: str, character: int, encoding: str) -> int:
    """Index into `line` of a client's character; beyond the end it is the end, inside a character its beginning."""
    content = line.rstrip("\r\n")
    if content.isascii() or encoding == "utf-32":
        return min(character, len(content))
    seen = 0
    for index, char in enumerate(content):
        size = len(char.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else 1 + (char > "\uffff")
        if seen + size > character:
            return index
        seen += size
    return len(content)


@dataclass(slots=True)
class Document:
    """One open document. `lines` joined are its text; `version` is the client's."""

    uri: str
    language: str
    version: int
    lines: list[str]
    encoding: str = "utf-16"
    path: Path | None = None
    """None for a document that is no file: untitled, from another machine, virtual."""
    opened_as: str = ""
    cache: dict[str, Any] = field(default_factory=dict[str, Any])
    """What features derived from this text; emptied by every change."""

    @property
    def text(self) -> str:
        if "text" not in self.cache:
            self.cache["text"] = "".join(self.lines)
        return self.cache["text"]

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Apply a client's changes in their order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._replace(change.range, change.text)
            else:
                self.lines = split_lines(change.text)
        self.version = version
        self.cache.clear()

    def _replace(self, span: types.Range, text: str) -> None:
        first, last = self.point(span.start), self.point(span.end)
        first, last = min(first, last), max(first, last)
        start, end = first[0], last[0]
        chunk = self.lines[start][: first[1]] + text + self.lines[end][last[1] :]
        # A carriage return and a line feed that come to touch become one line end.
        if start > 0 and self.lines[start - 1].endswith("\r") and chunk.startswith("\n"):
            start -= 1
            chunk = self.lines[start] + chunk
        if end + 1 < len(self.lines) and (not chunk or chunk[-1] not in "\n"):
            end += 1
            chunk += self.lines[end]
        new = split_lines(chunk)
        if end + 1 < len(self.lines):
            new.pop()  # the chunk ended with a line end, the rest of the text follows
        self.lines[start : end + 1] = new

    def point(self, position: types.Position) -> tuple[int, int]:
        """Line and index in it; what lies outside the text becomes its nearest place."""
        line = min(max(position.line, 0), len(self.lines) - 1)
        if position.line > line:
            return line, len(self.lines[line])
        return line, index_of(self.lines[line], max(position.character, 0), self.encoding)

    def position(self, line: int, index: int) -> types.Position:
        """A client's position from a line and an index in it."""
        if line >= len(self.lines):
            line, index = len(self.lines) - 1, len(self.lines[-1])
        return types.Position(line, units(self.lines[line].rstrip("\r\n")[:index], self.encoding))

    def range_of_lines(self, first: int, last: int) -> types.Range:
        """From the beginning of `first` to the end of the text of `last`."""
        return types.Range(
            self.position(first, 0), self.position(last, len(self.lines[min(last, len(self.lines) - 1)]))
        )

    def task_range(self, span: types.Range) -> task.Range:
        """A client's range in the counting of `autogpt.task`: UTF-16."""
        ends = [self.point(span.start), self.point(span.end)]
        start, end = (task.Position(line, units(self.lines[line][:index], "utf-16")) for line, index in ends)
        return task.Range(start, end)


class Documents:
    """All open documents of a client, by file where there is one: clients write the same URI in several ways."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._open: dict[str, Document] = {}

    def open(self, item: types.TextDocumentItem) -> Document:
        document = Document(
            item.uri,
            item.language_id,
            item.version,
            split_lines(item.text),
            self.encoding,
            _path(item.uri),
            item.text,
        )
        self._open[_key(item.uri)] = document
        return document

    def close(self, uri: str) -> None:
        self._open.pop(_key(uri), None)

    def get(self, uri: str) -> Document | None:
        return self._open.get(_key(uri))

    def at(self, path: Path) -> Document | None:
        """The open document of a file."""
        return self._open.get(str(path))

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def inside(self, root: Path) -> Iterator[tuple[str, Document]]:
        """Open files of a workspace with their paths relative to it."""
        for document in self:
            if document.path is not None and document.path.is_relative_to(root):
                yield document.path.relative_to(root).as_posix(), document


def _path(uri: str) -> Path | None:
    try:
        return uris.to_path(uri)
    except UsageError:
        return None


def _key(uri: str) -> str:
    path = _path(uri)
    return uri if path is None else str(path)
