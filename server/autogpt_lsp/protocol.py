"""The messages below the features: every request is answered, and errors are sentences."""

# pyright: reportIncompatibleMethodOverride=false
# pygls takes generators, coroutines and plain functions alike, but types its own methods as generators.

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage

from autogpt.errors import AutogptError, UsageError
from autogpt_lsp.stdio import Writer

if TYPE_CHECKING:
    from autogpt_lsp.app import Server

log = logging.getLogger(__name__)

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS, INTERNAL = -32700, -32600, -32602, -32603
NOT_INITIALIZED, REQUEST_FAILED, CANCELLED = -32002, -32803, -32800

# Delivered as the JSON that came: pygls would turn these objects into named tuples, or leave a request unanswered
# when an argument is not what LSP says.
RAW = frozenset({types.WORKSPACE_EXECUTE_COMMAND, types.CODE_ACTION_RESOLVE})
_TYPES = types.METHOD_TO_TYPES


class Protocol(LanguageServerProtocol):
    """pygls' protocol with its known gaps closed; see the methods for which."""

    _server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def receive(self, body: bytes) -> None:
        """Handle one message. Whatever it is, a request in it is answered and the server goes on."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "The message is not JSON.")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            number = data.get("id") if isinstance(data, dict) else None
            self._refuse(number, INVALID_REQUEST, "The message is not JSON-RPC 2.0.")
            return
        try:
            self._accept(data)
        except Exception as error:  # the boundary: pygls would leave the request without an answer
            log.exception("message %s", str(data.get("method"))[:100])
            if "method" in data and "id" in data:
                self._refuse(data["id"], INTERNAL, f"Internal error: {type(error).__name__}.")

    def _accept(self, data: dict[str, Any]) -> None:
        method, request = data.get("method"), "id" in data and "method" in data
        if method is not None and not isinstance(method, str):
            self._refuse(data.get("id"), INVALID_REQUEST, "The method is not a string.")
        elif request and self._shutdown:
            self._refuse(data["id"], INVALID_REQUEST, "The server is shutting down.")
        elif request and method != types.INITIALIZE and self._workspace is None:
            self._refuse(data["id"], NOT_INITIALIZED, "The first request must be `initialize`.")
        elif request and method == types.INITIALIZE and self._workspace is not None:
            self._refuse(data["id"], INVALID_REQUEST, "`initialize` was sent already.")
        elif method is not None and not request and self._workspace is None and method != types.EXIT:
            log.warning("%s before initialize is ignored", method[:100])
        elif (message := self._structured(data, method)) is not None:
            self.handle_message(message)
            self._shutdown = self._shutdown or (request and method == types.SHUTDOWN)  # `exit` may follow at once

    def _structured(self, data: dict[str, Any], method: str | None) -> Any:
        if method == types.INITIALIZE:
            self._server.before_initialize(data.get("params"))
        if method is not None and (method in RAW or method not in _TYPES):
            params = data.get("params")
            if "id" in data:
                return JsonRPCRequestMessage(data["id"], method, self.VERSION, params)
            return JsonRPCNotification(method, self.VERSION, params)
        try:
            return self.structure_message(data)
        except JsonRpcException:
            log.warning("wrong parameters of %s", method)
            if "id" in data and method is not None:
                self._refuse(data["id"], INVALID_PARAMS, f"The parameters of `{method}` are not what LSP says.")
            return None

    def _refuse(self, number: Any, code: int, message: str) -> None:
        valid = number if isinstance(number, (int, str)) and not isinstance(number, bool) else None
        self._put({"jsonrpc": self.VERSION, "id": valid, "error": {"code": code, "message": message}})

    def _put(self, message: Any) -> None:
        if isinstance(self.writer, Writer):
            self.writer.send(message)

    def _send_data(self, data: Any) -> None:
        """Without pygls' log of every body, and without its recursion when the client is gone."""
        if data and isinstance(self.writer, Writer):
            self.writer.send(data, self._serialize_message)

    def _send_handler_result(self, future: Future[Any], *, msg_id: Any) -> None:
        """Errors as sentences with a code that says who must act; no traceback leaves the server."""
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            self._refuse(msg_id, CANCELLED, "Cancelled.")
            return
        error = future.exception()
        if error is None:
            try:
                self._send_response(msg_id, result=future.result())
            except (TypeError, ValueError, AttributeError) as problem:
                log.exception("answer to %s", msg_id)
                self._refuse(msg_id, INTERNAL, f"The answer could not be written: {type(problem).__name__}.")
        elif isinstance(error, AutogptError):
            code = INVALID_PARAMS if isinstance(error, UsageError) else REQUEST_FAILED
            self._refuse(msg_id, code, error.sentence())
        elif isinstance(error, JsonRpcException):
            self._refuse(msg_id, error.code or INTERNAL, error.message or str(error))
        else:
            log.error("request %s", msg_id, exc_info=error)
            self._refuse(msg_id, INTERNAL, f"Internal error: {type(error).__name__}: {error}")

    def _check_handler_result(self, future: Future[Any]) -> None:
        """A failed notification has nobody to be told; the log has it."""
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("notification", exc_info=error)

    async def ask_client(self, method: str, params: Any, *, timeout: float = 10.0, default: Any = None) -> Any:
        """A request to the client. `default` when it does not answer in time or cannot: no feature waits for ever."""
        future: Future[Any] = self.send_request(method, params)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except (asyncio.TimeoutError, JsonRpcException) as error:
            log.warning("%s: %s", method, error or "no answer")
            return default
        finally:
            for number, asked in list(self._request_futures.items()):
                if asked is future:
                    del self._request_futures[number]

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        result = yield from super().lsp_initialize(params)
        self._server.after_initialize(result)
        return result

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *_: Any) -> None:
        """Cancels what is in flight over a copy (pygls changes the table while walking it), then the runs."""
        for number, future in list(self._request_futures.items()):
            if number != self.msg_id and not future.done():
                future.cancel()
        await self._server.close()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:
        self._server.leave(0 if self._shutdown else 1)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """The documents are ours: pygls splits lines where LSP does not, and edits would land wrong."""
        self._server.did_open(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._server.did_change(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._server.did_close(params)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        self._server.progress_cancelled(str(params.token))

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: Any) -> Any:
        """A coroutine of its own, so that a cancelled request really ends; the argument is checked here."""
        if not isinstance(params, dict) or not isinstance(params.get("command"), str):
            raise UsageError("`workspace/executeCommand` needs a command.")
        name, arguments = params["command"], params.get("arguments")
        handler = self._server.commands.get(name)
        if handler is None:
            raise UsageError(f"There is no command `{name[:80]}`.")
        if arguments is None or arguments == []:
            arguments = [{}]
        if not isinstance(arguments, list) or len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise UsageError(f"`{name}` takes one JSON object.")
        return await handler(arguments[0])

    @lsp_method(types.CODE_ACTION_RESOLVE)
    def lsp_code_action__resolve(self, params: Any) -> Any:
        """An action that is not ours comes back as it is: Neovim asks for command-only ones too."""
        return self._server.resolve_action(params)
