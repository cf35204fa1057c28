"""Remarks on a proposal, wherever they were written, as remarks about the proposed text: that is what a round works on.

They come from the person's own file, which may have moved on, and from either side of the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autogpt import task
from autogpt.errors import UsageError
from autogpt.task import Comment
from autogpt_lsp import uris
from autogpt_lsp.arguments import Arguments
from autogpt_lsp.documents import Document, split_lines
from autogpt_lsp.edits import carried_lines
from autogpt_lsp.features.virtual_text import parse

if TYPE_CHECKING:
    from pathlib import Path

    from lsprotocol import types

    from autogpt_lsp.app import Server
    from autogpt_lsp.states import Entry


def comment_of(server: Server, item: Mapping[str, Any], parent: Entry) -> Comment:
    """One item of `comments`; the proposal of `parent` is loaded. Raise `UsageError` for a place that is none."""
    given = Arguments("comments", item, ("uri", "range", "text"))
    text, uri, span = given.text("text"), given.optional_text("uri"), given.optional_range()
    if uri is None:
        return Comment(text)
    if not uri.startswith("autogpt-run:"):
        path = path_in(uri, parent.root)
        return Comment(text, path) if span is None else _about(parent, text, path, shown(server, uri), span)
    run, side, path = parse(uri)
    if run != parent.run:
        raise UsageError(f"The comment is on run {run}, not on {parent.run}.")
    file = parent.proposal.get(path)
    side_text = (file.base if side == "base" else file.new) if file is not None else None
    if span is None or side_text is None:
        return Comment(text, path)
    document = Document(uri, "", 0, split_lines(side_text), server.documents.encoding)
    return _about(parent, text, path, document, span)


def _about(parent: Entry, text: str, path: str, document: Document, span: types.Range) -> Comment:
    """The place carried over from what the person looked at to what is proposed."""
    place = checked_range(document, path, span)
    file = parent.proposal.get(path)
    if file is None:
        return Comment(text, path, place)
    if file.new is None:
        return Comment(text, path)
    old, new = [_plain(line) for line in document.lines], [_plain(line) for line in split_lines(file.new)]
    first, last = carried_lines(old, new, place.start.line, place.end.line)
    first, last = min(first, len(new) - 1), min(last, len(new) - 1)
    whole = last - first != place.end.line - place.start.line or old[place.start.line] != new[first]
    start, end = (0, 0) if whole else (place.start.character, place.end.character)
    if whole:
        end = len(new[last].encode("utf-16-le", "surrogatepass")) // 2
    return Comment(text, path, task.Range(task.Position(first, start), task.Position(last, end)))


def _plain(line: str) -> str:
    return line.rstrip("\r\n")


def path_in(uri: str, root: Path) -> str:
    """The path of a file below a workspace. Raise `UsageError` when it lies elsewhere."""
    return uris.checked_relative(uris.relative(uris.to_path(uri), root))


def shown(server: Server, uri: str) -> Document:
    """A file as the person sees it: the open document, else what is on disk. Raise `UsageError` for neither."""
    document = server.documents.get(uri)
    if document is not None:
        return document
    path = uris.to_path(uri)
    try:
        lines = split_lines(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    return Document(uri, "", 0, lines, server.documents.encoding)


def checked_range(document: Document, path: str, span: types.Range) -> task.Range:
    """A client's range in the counting of tasks. Raise `UsageError` when it begins behind the end of the file."""
    if span.start.line >= max(1, len(document.lines)):
        raise UsageError(f"`range` begins at line {span.start.line + 1}, but {path} has {len(document.lines)} lines.")
    return document.task_range(span)
