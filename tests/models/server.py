"""A chat completions server on loopback whose answers are scripted, good and bad: real sockets, a scripted model."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar, cast

AnyServer = TypeVar("AnyServer", bound=ThreadingHTTPServer)


@dataclass(frozen=True)
class Reply:
    """What one request gets. `events` are streamed; after them the stream ends as `end` says."""

    events: Sequence[Any] = ()
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    pause: float = 0.0
    """Seconds before each event."""
    end: str = "done"
    """`done`: the mark of the protocol; `drop`: the connection is reset; `close`: it just ends; `hang`: silence."""


def chunk(text: str | None = None, index: int = 0, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a stream."""
    delta = {"content": text} if text is not None else {}
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice], **more}


def calling(index: int, name: str = "", arguments: Any = None, id: str = "", choice: int = 0) -> dict[str, Any]:
    """A piece of a tool call, as servers stream it."""
    function = {"name": name, "arguments": arguments}
    piece = {"index": index, "id": id, "type": "function", "function": {k: v for k, v in function.items() if v}}
    event = chunk(index=choice)
    event["choices"][0]["delta"] = {"tool_calls": [{key: value for key, value in piece.items() if value != ""}]}
    return event


def called(*calls: tuple[str, Mapping[str, Any]], text: str = "") -> Reply:
    """An answer of tool calls with their arguments in pieces."""
    events = [chunk(text)] if text else []
    for index, (name, arguments) in enumerate(calls):
        whole = json.dumps(arguments)
        events += [calling(index, name, id=f"c{index}"), calling(index, arguments=whole[:9])]
        events += [calling(index, arguments=whole[9:])]
    return Reply([*events, chunk(None, 0, "tool_calls"), usage(20, 9, 8)])


def usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    """The last event of a stream, with the counts."""
    counts = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return {**chunk(), "choices": [], "usage": counts}


def said(text: str, *more: str) -> Reply:
    """A good answer, with one choice for each text."""
    texts = (text, *more)
    events = [chunk(part, index) for index, whole in enumerate(texts) for part in (whole[:3], whole[3:]) if part]
    return Reply([*events, *(chunk(None, index, "stop") for index in range(len(texts))), usage(10, 5, 4)])


def failed(status: int, message: str = "no", **more: Any) -> Reply:
    headers = cast("dict[str, str]", more.pop("headers", {}))
    return Reply(status=status, body={"error": {"message": message, **more}}, headers=headers)


class Server(ThreadingHTTPServer):
    """Serves its replies in the order of the requests, the last one again and again; `requests` keeps the bodies."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply], models: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.models = models
        self.others: Mapping[str, Any] | None = {}
        """Bodies of other lists, by path; None leaves whoever asks for one without an answer."""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked = threading.Event()
        """The first request was read and the beginning of its answer sent."""
        self.gone = threading.Event()
        """A client closed its connection while the server was silent."""
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextlib.contextmanager
def serving(*replies: Reply, models: Any = None) -> Generator[Server]:
    """A running server, stopped at the end. `models` is the body of its list of models; None: it has no such list."""
    with at_work(Server(replies, models)) as server:
        yield server


@contextlib.contextmanager
def at_work(server: AnyServer) -> Generator[AnyServer]:
    """A server that answers from a thread of its own, stopped at the end."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith("/v1/"):
            if self.server.others is None:
                self._wait_for_client_to_leave()
                return
            self._whole(200 if self.path in self.server.others else 404, self.server.others.get(self.path, {}))
            return
        self._whole(404 if self.server.models is None else 200, self.server.models or {"error": {"message": "none"}})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if not text:
            return  # the client left before it had asked
        body = json.loads(text)
        with self.server.lock:
            reply = self.server.replies[min(len(self.server.requests), len(self.server.replies) - 1)]
            self.server.requests.append(body)
            self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        if reply.body is not None:
            self._whole(reply.status, reply.body, reply.headers)
        else:
            self._stream(reply)

    def _whole(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, reply: Reply) -> None:
        self.close_connection = True
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with self._noticing_a_client_that_left():
            for event in reply.events:
                time.sleep(reply.pause)
                self._event(event if isinstance(event, str) else json.dumps(event))
            self.server.asked.set()
            if reply.end == "done":
                self._event("[DONE]")
            if reply.end == "hang":
                self._wait_for_client_to_leave()
            if reply.end in ("done", "close"):
                self.wfile.write(b"0\r\n\r\n")
            if reply.end == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _noticing_a_client_that_left(self) -> Generator[None]:
        try:
            yield
        except OSError:
            self.server.gone.set()

    def _event(self, text: str) -> None:
        data = f"data: {text}\n\n".encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _wait_for_client_to_leave(self) -> None:
        self.connection.settimeout(0.02)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    self.server.gone.set()
                    return
