"""Where work starts in any editor: actions on unfinished functions, comments, failing tests, diagnostics, selections.

No disk, no worker, no parse of the whole file: editors wait for the slowest server before they show anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from autogpt_lsp.documents import Document
from autogpt_lsp.features.diagnostics import SOURCE, shows_hunks
from autogpt_lsp.findings import is_python, outline_of, placed_hunks
from autogpt_lsp.syntax import (
    Request,
    Symbol,
    is_comment,
    is_other_test_file,
    is_test,
    is_test_file,
    is_unfinished,
    pytest_id,
    read_requests,
    undefined_name,
)

if TYPE_CHECKING:
    from autogpt_lsp.app import Server

REWRITE, QUICKFIX, FILE = "refactor.rewrite.autogpt", "quickfix.autogpt", "source.autogpt"
MAX_SELECTION = 2_000
PROSE = frozenset({"markdown", "plaintext", "restructuredtext", "asciidoc", "org", "git-commit"})


@dataclass(frozen=True, slots=True)
class Offer:
    """An action before it is LSP: what it is called and which command it runs."""

    title: str
    kind: str
    command: str
    argument: dict[str, Any]
    diagnostics: tuple[types.Diagnostic, ...] = ()
    quiet: bool = field(default=False)
    """Only when asked for: not for the light bulb that follows the cursor."""
    model: bool = True
    """A language model may write what comes of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where actions are asked for."""

    server: Server
    document: Document
    root: Path
    path: str
    span: types.Range
    diagnostics: tuple[types.Diagnostic, ...]

    @property
    def line(self) -> int:
        return min(self.span.start.line, len(self.document.lines) - 1)

    def task(self, text: str, first: int, last: int) -> dict[str, Any]:
        """The argument of `autogpt.run.implement` for some lines."""
        return {"task": text, "uri": self.document.uri, "range": _range_json(self.document.range_of_lines(first, last))}


def register(server: Server) -> None:
    """The request with its kinds, and its lazy half."""
    options = types.CodeActionOptions(
        code_action_kinds=[REWRITE, QUICKFIX, FILE],
        resolve_provider=True,
    )

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        place = place_of(server, params)
        if place is None:
            return None
        context = params.context
        automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
        wanted = [str(getattr(kind, "value", kind)) for kind in context.only or ()]
        return [
            to_action(server, offer)
            for offer in offers(place)
            if not (automatic and offer.quiet) and (context.only is None or _asked_for(offer.kind, wanted))
        ]

    server.resolvers.append(resolve)
    _ = code_action


def place_of(server: Server, params: types.CodeActionParams) -> Place | None:
    """None for documents that no run could be about: not open, not a file, outside the folders."""
    document = server.documents.get(params.text_document.uri)
    if document is None or document.path is None:
        return None
    root = server.folders.of(document.path) or (document.path.parent if not server.folders.roots else None)
    if root is None:
        return None
    path = document.path.relative_to(root).as_posix()
    return Place(server, document, root, path, params.range, tuple(params.context.diagnostics))


def _asked_for(kind: str, wanted: list[str]) -> bool:
    return any(each in ("", kind) or kind.startswith(each + ".") for each in wanted)


def offers(place: Place) -> Iterator[Offer]:
    """All offers at a place, the most particular first."""
    yield from _for_hunks(place)
    if not place.server.trust.given:
        return
    symbol = outline_of(place.document).around(place.line) if is_python(place.document) else None
    yield from _for_comments(place)
    yield from _for_function(place, symbol)
    yield from _for_tests(place, symbol)
    yield from _for_diagnostics(place)
    yield from _for_selection(place)
    yield from _for_file(place)


def requests_of(document: Document) -> list[Request]:
    """The comments of an open file that ask for something, read once per version."""
    if "requests" not in document.cache:
        language = "python" if is_python(document) else document.language
        inside = outline_of(document).inside_text
        document.cache["requests"] = read_requests(document.lines, language, inside)
    return document.cache["requests"]


def _for_comments(place: Place) -> Iterator[Offer]:
    for request in requests_of(place.document):
        if request.first <= place.span.end.line and place.span.start.line <= request.last:
            yield comment_offer(place.document, request)
            for item in _hunks_at(place):
                comment = {"uri": place.document.uri, "text": request.text}
                argument = {"run": item.entry.run, "comments": [comment]}
                yield Offer(f"Another round of run {item.entry.run}: {_short(request.text)}", REWRITE, REFINE, argument)


IMPLEMENT, FIX, REFINE = "autogpt.run.implement", "autogpt.run.fix", "autogpt.run.refine"


def comment_offer(document: Document, request: Request) -> Offer:
    """What a comment asks for, about the lines below it."""
    span = _range_json(document.range_of_lines(request.first, request.last))
    verb = "Do" if request.kind == "autogpt" else "Implement this TODO"
    return Offer(
        f"{verb}: {_short(request.text)}",
        REWRITE,
        IMPLEMENT,
        {"task": request.text, "uri": document.uri, "range": span},
    )


def _for_function(place: Place, symbol: Symbol | None) -> Iterator[Offer]:
    if symbol is None or is_test_file(place.path):
        return
    if is_unfinished(place.document.lines, symbol):
        yield function_offer(place.document, place.path, symbol)
    elif not symbol.name.startswith("__"):
        text = f"Write tests for `{symbol.qualified}` in {place.path}."
        argument = place.task(text, symbol.first, symbol.last)
        yield Offer(f"Write tests for `{symbol.qualified}`", REWRITE, IMPLEMENT, argument, quiet=True)


def function_offer(document: Document, path: str, symbol: Symbol) -> Offer:
    """To write the body of an unfinished function."""
    span = _range_json(document.range_of_lines(symbol.first, symbol.last))
    argument = {"task": f"Implement `{symbol.qualified}` in {path}.", "uri": document.uri, "range": span}
    return Offer(f"Implement `{symbol.qualified}`", REWRITE, IMPLEMENT, argument)


def _for_tests(place: Place, symbol: Symbol | None) -> Iterator[Offer]:
    if symbol is None:
        return
    if is_test_file(place.path):
        if is_test(symbol):
            known = [
                t for t in place.server.findings.failing_in(place.root, place.path) if t.qualified == symbol.qualified
            ]
            ids = [test.id for test in known] or [pytest_id(place.path, symbol)]
            ours = tuple(d for d in place.diagnostics if d.source == SOURCE and d.code == "failing-test")
            yield fix_offer(place.document, symbol.name, ids, known=bool(known), diagnostics=ours)
        return
    for test in place.server.findings.suspected(place.root, place.path, symbol)[:3]:
        yield fix_offer(place.document, test.qualified, [test.id], known=True)


def fix_offer(
    document: Document,
    name: str,
    ids: list[str],
    *,
    known: bool,
    diagnostics: tuple[types.Diagnostic, ...] = (),
) -> Offer:
    """To turn one test green; quiet while nobody knows whether it fails."""
    title = f"Fix the failing test `{name}`" if known else f"Fix the test `{name}` if it fails"
    return Offer(title, QUICKFIX, FIX, {"tests": ids, "uri": document.uri}, diagnostics, quiet=not known)


def _for_diagnostics(place: Place) -> Iterator[Offer]:
    for diagnostic in place.diagnostics:
        if diagnostic.source == SOURCE:
            continue
        start, end = diagnostic.range.start.line, diagnostic.range.end.line
        name = undefined_name(diagnostic.message)
        if name is not None:
            text = f"Implement the missing name `{name}`, which {place.path} uses in line {start + 1}."
            yield Offer(f"Implement `{name}`", QUICKFIX, IMPLEMENT, place.task(text, start, end), (diagnostic,))
            continue
        source = f" ({diagnostic.source})" if diagnostic.source else ""
        text = f"Fix this problem in {place.path}, line {start + 1}{source}: {diagnostic.message[:1000]}"
        title = f"Fix with autogpt: {_short(diagnostic.message)}"
        yield Offer(title, QUICKFIX, IMPLEMENT, place.task(text, start, end), (diagnostic,), quiet=True)


def _for_selection(place: Place) -> Iterator[Offer]:
    span = place.span
    if span.start == span.end:
        return
    argument: dict[str, Any] = {"uri": place.document.uri, "range": _range_json(span)}
    if "autogpt.implementTask" in place.server.editor.commands:
        yield Offer("Do a task with the selection…", REWRITE, "autogpt.implementTask", argument, quiet=True)
        return
    text = _selected(place.document, span).strip()
    if len(text) < 3:
        return  # what some editors send for a cursor
    if len(text) <= MAX_SELECTION and _is_prose(place.document, place.line, text):
        yield Offer(f"Do: {_short(text)}", REWRITE, IMPLEMENT, {"task": text, **argument}, quiet=True)
    else:
        task = f"Finish the selected part of {place.path}: what is missing, unfinished or wrong in it."
        yield Offer("Finish the selection", REWRITE, IMPLEMENT, {"task": task, **argument}, quiet=True)


def _is_prose(document: Document, line: int, text: str) -> bool:
    """Whether a selection says what to do: a part of one comment, of a docstring or of a text that is no code."""
    if document.language in PROSE:
        return True
    inside = outline_of(document).inside_text if is_python(document) else frozenset[int]()
    return "\n" not in text and (line in inside or is_comment(document.lines[line], document.language, text))


def _for_file(place: Place) -> Iterator[Offer]:
    if is_test_file(place.path):
        argument = {"tests": [place.path], "uri": place.document.uri}
        yield Offer(f"Fix all failing tests of {place.path}", FILE, FIX, argument, quiet=True)
    elif is_other_test_file(place.path):
        # Its runner's ids need not begin with the file, so the goal is all that fails.
        yield Offer("Fix the failing tests", FILE, FIX, {"uri": place.document.uri}, quiet=True)
    for entry in place.server.runs.entries.values():
        if entry.root == place.root and entry.state.status == "interrupted":
            yield Offer(f"Resume: {_short(entry.title())}", FILE, "autogpt.run.resume", {"run": entry.run}, quiet=True)


def _hunks_at(place: Place) -> list[Any]:
    entries = iter(place.server.runs.entries.values())
    return [
        item
        for item in placed_hunks(entries, place.root, place.path, place.document)
        if item.first <= place.span.end.line and place.span.start.line <= item.last
    ]


def _for_hunks(place: Place) -> Iterator[Offer]:
    if not shows_hunks(place.server, place.root):
        return
    for item in _hunks_at(place):
        run = item.entry.run
        one = {"run": run, "hunks": [item.hunk.id]}
        ours = tuple(d for d in place.diagnostics if d.source == SOURCE and d.code == "proposal")
        yield Offer(f"Accept this change of run {run}", QUICKFIX, "autogpt.proposal.apply", one, ours, model=False)
        whole = {"run": run}
        yield Offer(f"Accept all changes of run {run}", QUICKFIX, "autogpt.proposal.apply", whole, ours, model=False)
        yield Offer(f"Reject this change of run {run}", QUICKFIX, "autogpt.proposal.reject", one, ours, model=False)
        why = {"run": run, "hunk": item.hunk.id}
        yield Offer("Why this change?", QUICKFIX, "autogpt.proposal.explain", why, ours, model=False)
        if "autogpt.refineRun" in place.server.editor.commands:
            yield Offer("Discuss this change…", QUICKFIX, "autogpt.refineRun", {"run": run}, ours, model=False)
        else:
            discuss = {"run": run, "hunk": item.hunk.id, "discuss": True}
            yield Offer("Discuss this change…", QUICKFIX, "autogpt.proposal.explain", discuss, ours, model=False)


def to_action(server: Server, offer: Offer) -> types.CodeAction:
    """An action that knows its command, or can be asked for it where the client supports that."""
    argument = offer.argument
    data = {"autogpt": {"title": offer.title, "command": offer.command, "argument": argument}}
    lazy = server.editor.lazy_command
    return types.CodeAction(
        offer.title,
        kind=offer.kind,  # type: ignore[arg-type]
        diagnostics=list(offer.diagnostics) or None,
        command=None if lazy else types.Command(offer.title, offer.command, arguments=[argument]),
        data=data if lazy else None,
        tags=[types.CodeActionTag.LlmGenerated] if offer.model and server.editor.action_tags else None,
    )


def resolve(action: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The second half of a lazy action; None for what is not ours."""
    data = action.get("data")
    ours = data.get("autogpt") if isinstance(data, dict) else None
    if not isinstance(ours, dict) or not isinstance(ours.get("command"), str):
        return None
    command = {"title": str(ours.get("title")), "command": ours["command"], "arguments": [ours.get("argument")]}
    return {**action, "command": command}


def _selected(document: Document, span: types.Range) -> str:
    (first, start), (last, end) = document.point(span.start), document.point(span.end)
    if first == last:
        return document.lines[first][start:end]
    middle = "".join(document.lines[first + 1 : last])
    return document.lines[first][start:] + middle[:MAX_SELECTION] + document.lines[last][:end]


def _range_json(span: types.Range) -> dict[str, Any]:
    ends = {"start": span.start, "end": span.end}
    return {name: {"line": end.line, "character": end.character} for name, end in ends.items()}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
