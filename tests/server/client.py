"""A client over raw frames, for what a well-behaved LSP client hides: torn frames, silence, wrong parameters, death."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPTED = f"{sys.executable} {HERE / 'scripted_worker.py'}"
PATIENCE = 60.0
"""Seconds after which a test gives up waiting; never a measure of speed."""

PLAIN: dict[str, Any] = {
    "window": {"workDoneProgress": True},
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True}},
}


class Failure(Exception):
    """A JSON-RPC error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error.get("data")


class NeverAnswered(Exception):
    """Raised by an entry of `answers`: this client leaves the request without an answer."""


class Client:
    """Starts a server process. `answers` decide about requests of the server, by method."""

    def __init__(self, root: Path | None, state: Path, *, worker: str = SCRIPTED, **environment: str) -> None:
        path = os.pathsep.join([str(HERE.parents[1] / "server"), str(HERE.parents[1])])
        env = {**os.environ, "AUTOGPT_STATE_HOME": str(state), "PYTHONPATH": path, **environment}
        env["AUTOGPT_CONFIG"] = str(state / "config.toml")
        if worker:
            env["AUTOGPT_WORKER_COMMAND"] = worker
        self.root = root
        self.state = state
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autogpt_lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            bufsize=0,
        )
        self.heard: list[dict[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.settings: Any = None
        self.ended = False
        self.answers: dict[str, Callable[[Any], Any]] = {
            "window/workDoneProgress/create": lambda params: None,
            "workspace/applyEdit": self.apply_edit,
            "workspace/configuration": lambda params: [self.settings for _ in params["items"]],
            "client/registerCapability": lambda params: None,
            "workspace/textDocumentContent/refresh": lambda params: None,
            "workspace/codeLens/refresh": lambda params: None,
        }
        self._numbers = 0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request without waiting; its id."""
        self._numbers += 1
        number = self._numbers
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def answer(self, number: int) -> Any:
        message = self.wait(lambda m: m.get("id") == number and "method" not in m)
        if "error" in message:
            raise Failure(message["error"])
        return message["result"]

    def request(self, method: str, params: Any = None) -> Any:
        return self.answer(self.ask(method, params))

    def command(self, name: str, argument: Any = None) -> Any:
        arguments = [] if argument is None else [argument]
        return self.request("workspace/executeCommand", {"command": name, "arguments": arguments})

    def wait(self, wanted: Callable[[dict[str, Any]], bool], since: int = 0) -> dict[str, Any]:
        """The first message that is wanted, of those heard and to come."""
        with self._news:
            seen = since
            while True:
                for message in self.heard[seen:]:
                    if wanted(message):
                        return message
                seen = len(self.heard)
                assert not self.ended, f"the server ended: {self.stderr()}"
                assert self._news.wait(PATIENCE), "nothing of this kind came"

    def state_of(self, run: str, *statuses: str) -> dict[str, Any]:
        """The first state of a run with one of these statuses."""
        wanted = statuses or ("verified", "unverified", "failed", "cancelled", "error", "interrupted")

        def fits(message: dict[str, Any]) -> bool:
            state = message.get("params")
            told = message.get("method") == "autogpt/runDidChange"
            return told and state["run"] == run and state["status"] in wanted

        return self.wait(fits)["params"]

    def initialize(self, capabilities: Any = None, **params: Any) -> dict[str, Any]:
        root = [{"uri": self.root.as_uri(), "name": "root"}] if self.root else None
        given = {
            "processId": os.getpid(),
            "workspaceFolders": root,
            "rootUri": None,
            "capabilities": capabilities or PLAIN,
        }
        result = self.request("initialize", {**given, **params})
        self.notify("initialized", {})
        return result

    def open(self, path: Path, text: str | None = None, language: str = "python", uri: str | None = None) -> str:
        uri = uri or path.as_uri()
        self.texts[uri] = path.read_bytes().decode() if text is None else text
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": self.texts[uri]}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, text: str) -> None:
        """The whole text anew."""
        self.texts[uri] = text
        self.versions[uri] += 1
        identifier = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    def apply_edit(self, params: Any) -> Any:
        """As an editor does: all or nothing by version, positions in UTF-16, files that are not open are opened."""
        changes = params["edit"].get("documentChanges") or [
            {"textDocument": {"uri": uri, "version": None}, "edits": edits}
            for uri, edits in params["edit"].get("changes", {}).items()
        ]
        for change in changes:
            version = change.get("textDocument", {}).get("version")
            if version is not None and version != self.versions.get(change["textDocument"]["uri"]):
                return {"applied": False}
        for change in changes:
            self._apply_change(change)
        return {"applied": True}

    def _apply_change(self, change: Any) -> None:
        from urllib.parse import unquote, urlsplit

        if change.get("kind") == "rename":
            old, new = change["oldUri"], change["newUri"]
            Path(unquote(urlsplit(old).path)).rename(unquote(urlsplit(new).path))
            if old in self.texts:
                text = self.texts.pop(old)
                self.notify("textDocument/didClose", {"textDocument": {"uri": old}})
                self.open(Path(unquote(urlsplit(new).path)), text, uri=new)
            return
        if change.get("kind"):
            path = Path(unquote(urlsplit(change["uri"]).path))
            path.unlink(missing_ok=True) if change["kind"] == "delete" else path.touch()
            return
        uri = change["textDocument"]["uri"]
        if uri not in self.texts:
            self.open(Path(unquote(urlsplit(uri).path)), uri=uri)
        self.change(uri, apply_text_edits(self.texts[uri], change["edits"]))

    def shutdown(self) -> int:
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def stderr(self) -> str:
        return self.process.stderr.read().decode() if self.process.stderr and self.process.poll() is not None else ""

    def log(self) -> str:
        path = self.state / "server.log"
        return path.read_text() if path.exists() else ""

    def _read(self) -> None:
        while (message := self._frame()) is not None:
            with self._news:
                self.heard.append(message)
                self._news.notify_all()
            if "id" in message and "method" in message and message["method"] in self.answers:
                try:
                    result = self.answers[message["method"]](message["params"])
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
                except NeverAnswered:
                    continue
                except OSError:
                    break
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _frame(self) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            byte = self.process.stdout.read(1)
            if not byte:
                return None
            header += byte
        # Exactly one header and nothing before it, else something else wrote to the stream.
        assert header.startswith(b"Content-Length: ") and header.count(b"\r\n") == 2, header
        length, body = int(header[16:-4]), b""
        while len(body) < length:
            body += self.process.stdout.read(length - len(body))
        return json.loads(body)


def apply_text_edits(text: str, edits: list[Any]) -> str:
    """LSP edits with UTF-16 positions, the last first."""
    for edit in sorted(edits, key=lambda e: tuple(e["range"]["start"].values()), reverse=True):
        start, end = (_offset(text, edit["range"][side]) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def _offset(text: str, position: Any) -> int:
    offset = 0
    for _ in range(position["line"]):
        following = text.find("\n", offset)
        offset = len(text) if following < 0 else following + 1
    line = text[offset:].split("\n", maxsplit=1)[0]
    return offset + len(line.encode("utf-16-le")[: position["character"] * 2].decode("utf-16-le"))
