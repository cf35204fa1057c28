"""Lenses: over comments that ask for something always, over unfinished functions and failing tests if enabled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from autogpt_lsp.documents import Document
from autogpt_lsp.features.code_actions import IMPLEMENT, Offer, comment_offer, fix_offer, function_offer, requests_of
from autogpt_lsp.findings import is_python, outline_of
from autogpt_lsp.syntax import is_test_file, is_unfinished

if TYPE_CHECKING:
    from autogpt_lsp.app import Server
    from autogpt_lsp.states import Entry


def register(server: Server) -> None:
    """The request, its refresh, and the comments that start by themselves when a file is saved."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        document = server.documents.get(params.text_document.uri)
        if document is None or document.path is None or not server.trust.given:
            return None
        return [_lens(document, line, offer) for line, offer in _offers(server, document)]

    def refresh(entry: Entry) -> None:
        if server.editor.lens_refresh and not entry.at_work and entry.failing:
            server.spawn(server.protocol.ask_client(types.WORKSPACE_CODE_LENS_REFRESH, None))

    started: dict[str, set[str]] = {}
    """Comments by document: each stays in the file until the person removes it, and must not start at every save."""

    def start_on_save(document: Document) -> None:
        root = server.folders.of(document.path) if document.path else None
        if root is None or not server.trust.given or not server.settings.of(root).server.start_on_save:
            return
        wanted = {request.text: request for request in requests_of(document) if request.at_once}
        known = started.get(document.uri, set())
        started[document.uri] = set(wanted)
        for text, request in wanted.items():
            if text not in known:
                server.spawn(server.commands[IMPLEMENT](comment_offer(document, request).argument))

    server.runs.changed.append(refresh)
    server.on_save.append(start_on_save)
    _ = code_lens


def _offers(server: Server, document: Document) -> Iterator[tuple[int, Offer]]:
    for request in requests_of(document):
        if request.kind == "autogpt":
            yield request.first, comment_offer(document, request)
    root = server.folders.of(document.path) if document.path else None
    if root is None or document.path is None or not is_python(document):
        return
    if not server.settings.of(root).server.code_lens:
        return
    path = document.path.relative_to(root).as_posix()
    if not is_test_file(path):
        for symbol in outline_of(document).symbols:
            if is_unfinished(document.lines, symbol):
                yield symbol.line, function_offer(document, path, symbol)
        return
    failing = server.findings.failing_in(root, path)
    for symbol in outline_of(document).symbols:
        ids = [test.id for test in failing if test.qualified == symbol.qualified]
        if ids:
            yield symbol.line, fix_offer(document, symbol.name, ids, known=True)


def _lens(document: Document, line: int, offer: Offer) -> types.CodeLens:
    command = types.Command(offer.title, offer.command, arguments=[offer.argument])
    return types.CodeLens(document.range_of_lines(line, line), command)
