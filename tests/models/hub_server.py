"""A Hub of models on loopback, as far as `huggingface_hub` asks it: real files, real sockets."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.models.server import at_work

COMMIT = "a" * 40


class Hub(ThreadingHTTPServer):
    """`ada/tiny` are the files of `folder`; `ada/gated` may not be had; `cut` files end after so many bytes."""

    daemon_threads = True

    def __init__(self, folder: Path, cut: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.cut = folder, cut

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def hub(folder: Path, cut: int = 0) -> Generator[Hub]:
    with at_work(Hub(folder, cut)) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        if "ada/gated" in path:
            return self._send(403, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."})
        if "ada/tiny" not in path:
            return self._send(404, b"", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Not found."})
        if "/tree/" in path:
            return self._json(
                [
                    {"type": "file", "path": one.name, "size": one.stat().st_size, "oid": _sign(one)}
                    for one in self._files()
                ]
            )
        if path.startswith("/api/"):
            return self._json(
                {"id": "ada/tiny", "sha": COMMIT, "siblings": [{"rfilename": one.name} for one in self._files()]}
            )
        file = self.server.folder / path.rpartition("/")[2]
        if not file.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Not found."})
        return self._send(200, file.read_bytes(), {"ETag": f'"{_sign(file)}"', "X-Repo-Commit": COMMIT})

    def _files(self) -> list[Path]:
        return [one for one in sorted(self.server.folder.iterdir()) if one.is_file()]

    def _json(self, data: Any) -> None:
        self._send(200, json.dumps(data).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            is_cut = 0 < self.server.cut < len(body) and "safetensors" in self.path
            self.wfile.write(body[: self.server.cut] if is_cut else body)
            self.close_connection = is_cut


def _sign(file: Path) -> str:
    return hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
