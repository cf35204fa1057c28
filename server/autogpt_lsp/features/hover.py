"""Hover on a hunk that waits for a decision: what is proposed and which tests speak for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from autogpt.errors import UsageError
from autogpt_lsp.documents import Document, split_lines
from autogpt_lsp.features.diagnostics import failing_range, shows_hunks
from autogpt_lsp.findings import Placed, evidence, outline_of, placed_hunks
from autogpt_lsp.uris import shorten

if TYPE_CHECKING:
    from autogpt.worker.protocol import Hunk
    from autogpt_lsp.app import Server
    from autogpt_lsp.arguments import Arguments
    from autogpt_lsp.states import Entry, FileProposal

MAX_LINES = 40


def register(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        document = server.documents.get(params.text_document.uri)
        root = server.folders.of(document.path) if document is not None and document.path is not None else None
        if document is None or document.path is None or root is None:
            return None
        path = document.path.relative_to(root).as_posix()
        line = params.position.line
        parts: list[str] = []
        if shows_hunks(server, root):
            entries = iter(server.runs.entries.values())
            placed = [item for item in placed_hunks(entries, root, path, document) if item.first <= line <= item.last]
            parts += [describe(item) for item in placed]
        parts += _failing(server, document, root, path, line)
        if not parts:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts)))

    _ = hover


async def explain(server: Server, given: Arguments) -> Any:
    """The command behind the action `Why this change?`."""
    run, hunk, discuss = given.text("run"), given.text("hunk"), given.flag("discuss")
    entry = await server.runs.find(run, server.folders.roots)
    await server.runs.load_proposal(entry)
    file, found = _find(entry, hunk)
    text = f"Run {entry.run} on {file.path}, line {found.base_line + 1}: {evidence(entry, found)}"
    if discuss:
        text += " To discuss it, write a comment `autogpt: …` beside it and choose another round there."
    server.say(text)
    return {"text": text}


def _find(entry: Entry, hunk: str) -> tuple[FileProposal, Hunk]:
    for file in entry.proposal.values():
        for known in file.hunks:
            if known.id == hunk:
                return file, known
    raise UsageError(f"Run {entry.run} has no hunk `{shorten(hunk, 40)}`.")


def describe(item: Placed) -> str:
    """A hunk as a diff in Markdown, with the evidence."""
    base, new = split_lines(item.file.base or ""), split_lines(item.file.new or "")
    hunk = item.hunk
    removed = base[hunk.base_line : hunk.base_line + hunk.base_count]
    added = new[hunk.new_line : hunk.new_line + hunk.new_count]
    lines = [*("-" + line.rstrip("\r\n") for line in removed), *("+" + line.rstrip("\r\n") for line in added)]
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines"]
    head = f"**Proposed by run {item.entry.run}** ({item.entry.state.status})"
    body = "\n".join(lines)
    return f"{head}\n\n{_fenced(body, 'diff')}\n\n{evidence(item.entry, hunk)}"


def _fenced(text: str, language: str = "") -> str:
    """As code in Markdown, whatever fences are in it."""
    fence = "`" * max(3, max((_longest_ticks(line) for line in text.split("\n")), default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_ticks(line: str) -> int:
    longest = run = 0
    for char in line:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def _failing(server: Server, document: Document, root: Any, path: str, line: int) -> list[str]:
    """On the name of a failing test and on its assertion: what it said."""
    tests = server.findings.failing_in(root, path)
    symbol = outline_of(document).around(line) if tests else None
    named = symbol.qualified if symbol is not None and line == symbol.line else None
    return [
        f"This test failed when run {test.run} looked: `{test.id}`\n\n{_fenced(test.message)}"
        for test in tests
        if test.qualified == named or failing_range(document, test).start.line == line
    ]
