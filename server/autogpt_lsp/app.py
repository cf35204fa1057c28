"""The server: its parts put together, and what the client says about itself, its folders, documents and settings."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from autogpt import __version__
from autogpt.errors import UsageError
from autogpt.worker.protocol import Hello
from autogpt_lsp import logging_setup
from autogpt_lsp.apply import Applier
from autogpt_lsp.configuration import Configurations
from autogpt_lsp.documents import Document, Documents
from autogpt_lsp.editor import Editor, editor_of
from autogpt_lsp.findings import Findings
from autogpt_lsp.folders import Folders
from autogpt_lsp.progress import ProgressBars, run_of
from autogpt_lsp.protocol import Protocol
from autogpt_lsp.runs import Runs
from autogpt_lsp.states import Entry, state_json
from autogpt_lsp.trust import Trust
from autogpt_lsp.worker import command_from

log = logging.getLogger(__name__)

STATE = "autogpt/runDidChange"
TRUST = "autogpt/didChangeTrust"
WATCH = 2.0
"""Seconds between two looks whether the client's process still lives."""

Handler = Callable[[Any], Awaitable[Any]]


class Server(LanguageServer):
    """One client, all its folders. The features register themselves in `commands` and in the lists of listeners."""

    protocol: Protocol  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self) -> None:
        super().__init__("autogpt", __version__, protocol_cls=Protocol, converter_factory=default_converter)
        self.editor = Editor()
        self.folders = Folders()
        self.documents = Documents()
        self.trust = Trust()
        self.runs = Runs()
        self.findings = Findings()
        self.settings = Configurations(self)
        self.bars = ProgressBars(self.protocol, lambda: self.editor.progress)
        self.applier = Applier(self.protocol, self.documents, self.runs)
        self.commands: dict[str, Handler] = {}
        self.resolvers: list[Callable[[Mapping[str, Any]], Mapping[str, Any] | None]] = []
        self.on_document: list[Callable[[Document], None]] = []
        self.on_save: list[Callable[[Document], None]] = []
        self.log_path: Path | None = None
        self.done: asyncio.Future[int] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        self.runs.begun.append(self._begun)
        self.runs.changed.append(self._changed)
        self.runs.lost.append(self._lost)

    def spawn(self, work: Awaitable[Any]) -> None:
        """Do something beside the requests; a failure goes to the log."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)

    def _spawned(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)  # type: ignore[arg-type]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work", exc_info=error)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log; pygls would pop up a message for each."""
        log.error("%s: %s", getattr(source, "__name__", source), error)

    def before_initialize(self, params: Any) -> None:
        """Read what the client says of itself, as it came."""
        given: dict[str, Any] = params if isinstance(params, dict) else {}
        self.editor = editor_of(given)
        self.folders.read_initialize(given)
        options = given.get("initializationOptions")
        options = options if isinstance(options, dict) else {}
        self.trust.tell(options.get("trusted"))
        worker = options.get("worker")
        if isinstance(worker, dict):
            try:
                self.runs.worker.command = command_from(worker.get("command"))
            except UsageError as error:
                self.settings.problem(str(error))
        self.settings.read_initialize(options)
        log.info("client %s, folders %s", self.editor.name, [str(root) for root in self.folders.roots])

    def after_initialize(self, result: types.InitializeResult) -> None:
        """Tell what pygls does not know how to advertise."""
        capabilities = result.capabilities
        self.documents.encoding = str(getattr(capabilities.position_encoding, "value", "utf-16"))
        capabilities.execute_command_provider = types.ExecuteCommandOptions(sorted(self.commands))
        workspace = capabilities.workspace or types.WorkspaceOptions()
        workspace.text_document_content = types.TextDocumentContentOptions(schemes=["autogpt-run"])
        capabilities.workspace = workspace
        process = self.editor.process
        # An id that is not alive now is one of another machine or container, and says nothing.
        if process is not None and os.name != "nt" and _alive(process):
            self.spawn(self._watch(process))

    async def _watch(self, process: int) -> None:
        """Leave when the client's process is gone, should some other process keep our input open."""
        while _alive(process):
            await asyncio.sleep(WATCH)
        log.warning("the client is gone")
        await self.close()
        self.leave(1)

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._touched(self.documents.open(params.text_document))

    def did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        document = self.documents.get(params.text_document.uri)
        if document is not None:
            document.change(params.text_document.version, params.content_changes)
            self._touched(document)

    def did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self.documents.close(params.text_document.uri)
        self.applier.document_changed()

    def _touched(self, document: Document) -> None:
        self.applier.document_changed()
        for listener in self.on_document:
            listener(document)

    def progress_cancelled(self, token: str) -> None:
        """The second route to cancel: the client's own button."""
        run = run_of(token)
        if run is not None and run in self.runs.entries:
            self.spawn(self.runs.cancel(run, "Cancelled."))

    def resolve_action(self, action: Any) -> Any:
        for resolver in self.resolvers:
            resolved = resolver(action) if isinstance(action, dict) else None
            if resolved is not None:
                return resolved
        return action

    def say(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """A message for the person; for what they asked or must know, nothing else."""
        self.protocol.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(kind, message))

    def _begun(self, entry: Entry) -> None:
        server = self.settings.of(entry.root).server
        self.runs.worker.hello = Hello(server.max_runs)
        title = entry.title()[:60]
        self.spawn(self.bars.begin(entry.run, title if self.editor.names_server else f"autogpt: {title}"))

    def _changed(self, entry: Entry) -> None:
        self.protocol.notify(STATE, state_json(entry))
        if entry.at_work:
            self.bars.report(entry.run, (entry.step or entry.state.step)[:120])
        else:
            self.bars.end(entry.run, f"{entry.state.status}: {entry.state.reason}"[:200])

    def _lost(self, reason: str, hurt: list[Entry]) -> None:
        if hurt:
            titles = ", ".join(f'"{entry.title()[:60]}"' for entry in hurt)
            self.say(f"{reason} Interrupted and can be resumed: {titles}.", types.MessageType.Error)

    async def close(self) -> None:
        """End runs and worker; safe to call from every way out, and bounded in time."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self.runs.close("The editor was closed.")
        self.bars.end_all("The server ends.")

    def leave(self, code: int) -> None:
        """End the main loop with this exit status."""
        if self.done is not None and not self.done.done():
            self.done.set_result(code)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def create_server() -> Server:
    """A server with all features, not yet connected to a client."""
    from autogpt_lsp.features import code_actions, code_lens, commands, diagnostics, hover, virtual_text

    server = Server()
    for feature in (commands, virtual_text, diagnostics, code_actions, code_lens, hover):
        feature.register(server)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await server.settings.start()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: types.DidChangeConfigurationParams) -> None:
        await server.settings.changed(params.settings)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        event = params.event
        server.folders.change([item.uri for item in event.added], [item.uri for item in event.removed])
        await server.settings.pull()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is not None:
            document.opened_as = document.text
            for listener in server.on_save:
                listener(document)

    @server.feature(TRUST)
    def trust(params: Any) -> None:
        if isinstance(params, dict):
            server.trust.tell(params.get("trusted"))

    for each in (initialized, configuration, folders, saved, trust):
        log.debug("registered %s", each.__name__)
    logging_setup.set_level("INFO")
    return server
