"""Texts of runs as documents nobody can edit: `autogpt-run:/<run>/<base|new>/<path>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from lsprotocol import types

from autogpt.errors import UsageError
from autogpt.worker.protocol import Text
from autogpt_lsp import uris

if TYPE_CHECKING:
    from autogpt_lsp.app import Server
    from autogpt_lsp.states import Entry

REQUEST = "autogpt/textDocumentContent"
"""For clients without LSP 3.18: the same parameters and the same answer."""


def register(server: Server) -> None:
    """The request of LSP 3.18, its twin for older clients, and the refresh when a proposal is there."""

    @server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)
    async def content(params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        return types.TextDocumentContentResult(await read(server, params.uri))

    @server.feature(REQUEST)
    async def twin(params: Any) -> dict[str, str]:
        uri = params.get("uri") if isinstance(params, dict) else None
        if not isinstance(uri, str):
            raise UsageError(f"`{REQUEST}` needs `uri`, a string.")
        return {"text": await read(server, uri)}

    def refresh(entry: Entry) -> None:
        if server.editor.content_refresh and not entry.at_work:
            for path in entry.proposal:
                params = types.TextDocumentContentRefreshParams(run_uri(entry.run, "new", path))
                server.spawn(server.protocol.ask_client(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params))

    server.runs.changed.append(refresh)
    _ = content, twin


async def read(server: Server, uri: str) -> str:
    """The text a URI names. Raise `UsageError` for a URI that names none."""
    run, side, path = parse(uri)
    entry = await server.runs.find(run, server.folders.roots)
    known = entry.proposal.get(path)
    if known is not None:
        text = known.base if side == "base" else known.new
    else:
        answer = await server.runs.worker.ask("text", Text(entry.run, str(entry.root), side, path))
        text = answer["text"]
    return text or ""


def run_uri(run: str, side: str, path: str) -> str:
    return f"autogpt-run:/{run}/{side}/{quote(path)}"


def parse(uri: str) -> tuple[str, Any, str]:
    """Run, side and path of a URI. Clients write one, two or three slashes after the scheme."""
    scheme, _, rest = uri.partition(":")
    parts = unquote(rest.lstrip("/")).split("/", 2)
    if scheme != "autogpt-run" or len(parts) != 3 or parts[1] not in ("base", "new") or not parts[2]:
        raise UsageError(f"`{uris.shorten(uri)}` is not `autogpt-run:/<run>/<base|new>/<path>`.")
    return parts[0], parts[1], uris.checked_relative(parts[2])
