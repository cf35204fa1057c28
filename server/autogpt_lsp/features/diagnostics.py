"""Failing tests at the test, and for editors without a client of ours the hunks that wait for a decision."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from autogpt.events import Place
from autogpt_lsp import uris
from autogpt_lsp.documents import Document
from autogpt_lsp.findings import Disk, FailingTest, line_now, outline_of, placed_hunks
from autogpt_lsp.syntax import Symbol

if TYPE_CHECKING:
    from autogpt_lsp.app import Server
    from autogpt_lsp.states import Entry

SOURCE = "autogpt"
MAX_RELATED = 5
DELAY = 0.3
"""Seconds of quiet after a change before positions are looked at again."""


def register(server: Server) -> None:
    Publisher(server)


def shows_hunks(server: Server, root: Path) -> bool:
    """Whether the server itself shows proposals: by the setting, else where the editor cannot."""
    review = server.settings.of(root).server.review
    return review == "diagnostics" or (review == "auto" and not server.editor.review)


class Publisher:
    """Publishes whole lists per file, and an empty one when there is nothing left to say."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._published: dict[Path, set[str]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._disk = Disk()
        server.runs.changed.append(self._run_changed)
        server.on_document.append(self._document_changed)

    def _run_changed(self, entry: Entry) -> None:
        if self._server.findings.hear(entry) or not entry.at_work:
            self._publish(entry.root)

    def _document_changed(self, document: Document) -> None:
        root = None if document.path is None else self._server.folders.of(document.path)
        if root is not None and root in self._published and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self._later, root)

    def _later(self, root: Path) -> None:
        self._timer = None
        self._publish(root)

    def _publish(self, root: Path) -> None:
        server = self._server
        paths = {test.path for test in server.findings.failing(root)}
        if shows_hunks(server, root):
            ended = [entry for entry in server.runs.entries.values() if entry.root == root and not entry.at_work]
            paths |= {file.path for entry in ended for file, _ in entry.pending()}
        gone = self._published.get(root, set()) - paths
        for path in sorted(paths | gone):
            document = server.documents.at(root / path)
            shown = document or self._disk.document(root / path, server.documents.encoding)
            found = [*self._failing(root, path, shown), *self._pending(root, path, shown)]
            uri = document.uri if document else uris.from_path(root / path)
            version = document.version if document else None
            params = types.PublishDiagnosticsParams(uri, found, version)
            server.protocol.notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)
        if paths or root in self._published:
            self._published[root] = paths

    def _failing(self, root: Path, path: str, document: Document | None) -> list[types.Diagnostic]:
        return [
            types.Diagnostic(
                failing_range(document, test),
                test.message,
                severity=types.DiagnosticSeverity.Warning,
                code="failing-test",
                source=SOURCE,
                related_information=self._related(root, test) or None,
                data={"test": test.id},
            )
            for test in self._server.findings.failing_in(root, path)
        ]

    def _related(self, root: Path, test: FailingTest) -> list[types.DiagnosticRelatedInformation]:
        if not self._server.editor.related_information:
            return []
        found: list[types.DiagnosticRelatedInformation] = []
        for suspect in test.suspects[:MAX_RELATED]:
            path = root / suspect.path
            document = self._server.documents.at(path)
            uri = document.uri if document else uris.from_path(path)
            document = document or self._disk.document(path, self._server.documents.encoding)
            name = suspect.function or suspect.path
            where = types.Location(uri, suspect_range(document, suspect))
            found.append(types.DiagnosticRelatedInformation(where, f"Suspected: {suspect.text or name}"))
        return found

    def _pending(self, root: Path, path: str, document: Document | None) -> list[types.Diagnostic]:
        if not shows_hunks(self._server, root):
            return []
        return [
            types.Diagnostic(
                document.range_of_lines(item.first, item.last) if document else _lines(item.first, item.last),
                f"Proposed by run {item.entry.run}: {item.entry.title()[:120]}",
                severity=types.DiagnosticSeverity.Hint,
                code="proposal",
                source=SOURCE,
                data={"run": item.entry.run, "hunk": item.hunk.id},
            )
            for item in placed_hunks(iter(self._server.runs.entries.values()), root, path, document)
        ]


def failing_range(document: Document | None, test: FailingTest) -> types.Range:
    """The assertion; the name of the test where that is gone; the first line of the file where nothing is known."""
    if document is None:
        return _lines(0, 0)
    symbol = next((item for item in outline_of(document).symbols if item.qualified == test.qualified), None)
    place = test.assertion
    line = line_now(document, place, symbol) if place is not None else None
    if line is not None:
        return _text_range(document, line)
    return _name_range(document, symbol) if symbol is not None else _lines(0, 0)


def suspect_range(document: Document | None, suspect: Place) -> types.Range:
    """The line as it is now, else the name of its function."""
    if document is None:
        return _lines(max(0, suspect.line - 1), max(0, suspect.line - 1))
    symbol = next((item for item in outline_of(document).symbols if item.qualified == suspect.function), None)
    line = line_now(document, suspect, symbol) if suspect.line else None
    if line is not None:
        return _text_range(document, line)
    return _name_range(document, symbol) if symbol is not None else _lines(0, 0)


def _text_range(document: Document, line: int) -> types.Range:
    text = document.lines[line].rstrip()
    indent = len(text) - len(text.lstrip())
    return types.Range(document.position(line, indent), document.position(line, len(text)))


def _name_range(document: Document, symbol: Symbol) -> types.Range:
    column = document.lines[symbol.line].find(symbol.name, symbol.indent)
    start = document.position(symbol.line, column)
    return types.Range(start, document.position(symbol.line, column + len(symbol.name)))


def _lines(first: int, last: int) -> types.Range:
    return types.Range(types.Position(first, 0), types.Position(last, 0))
