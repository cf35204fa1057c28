"""The two streams to the client: descriptors nobody else can reach, one reader thread, one writer thread, whole frames.

The loop never waits for a pipe: a client that does not read cannot keep the server from hearing that it is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

MAX_BACKLOG = 64 << 20
"""Bytes written but not read by the client; beyond it the client counts as gone."""
MAX_FRAME = 256 << 20
_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d+)\s*$")


def take_standard_streams() -> tuple[int, int]:
    """Descriptors of the protocol. Afterwards 0 is empty and 1 is standard error, also for children.

    A child that reads its input would otherwise eat requests, and a `print` would break the stream.
    """
    reader, writer = os.dup(0), os.dup(1)
    os.set_inheritable(reader, False)
    os.set_inheritable(writer, False)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as the process
    return reader, writer


class Frames:
    """Splits a byte stream into bodies. Headers other than Content-Length are passed over."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._wanted = -1

    def feed(self, data: bytes) -> list[bytes]:
        """Bodies completed by these bytes. Raise `ValueError` when the stream cannot be a protocol's."""
        self._pending += data
        bodies: list[bytes] = []
        while True:
            if self._wanted < 0 and not self._read_header():
                return bodies
            if len(self._pending) < self._wanted:
                return bodies
            bodies.append(bytes(self._pending[: self._wanted]))
            del self._pending[: self._wanted]
            self._wanted = -1

    def _read_header(self) -> bool:
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            if len(self._pending) > 1 << 16:
                raise ValueError("no header in the first 64 KiB")
            return False
        match = _LENGTH.search(bytes(self._pending[:end]).replace(b"\r\n", b"\n"))
        if match is None or int(match[1]) > MAX_FRAME:
            raise ValueError("a header without a usable Content-Length")
        self._wanted = int(match[1])
        del self._pending[: end + 4]
        return True


class Reader:
    """Reads bodies in a thread of its own and hands them over with `deliver(body)`; `deliver(None)` is the end."""

    def __init__(self, read: Callable[[], bytes], deliver: Callable[[bytes | None], None]) -> None:
        self._read = read
        self._deliver = deliver
        self._room = threading.BoundedSemaphore(256)
        threading.Thread(target=self._work, name="lsp-reader", daemon=True).start()

    def handled(self) -> None:
        """One body was dealt with; keeps a fast client from filling the memory."""
        self._room.release()

    def _work(self) -> None:
        frames = Frames()
        try:
            while data := self._read():
                for body in frames.feed(data):
                    self._room.acquire()
                    self._deliver(body)
        except (OSError, ValueError):
            pass  # the stream broke or is no protocol: for the server both are the end of the client
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the server leaves already
                self._deliver(None)


class Writer:
    """What pygls takes for a writer: `write` puts whole frames into a queue, a thread of its own writes them."""

    def __init__(self, write: Callable[[bytes], None], on_lost: Callable[[], None]) -> None:
        self._write = write
        self._on_lost = on_lost
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._backlog = 0
        self._lost = False
        self._thread = threading.Thread(target=self._work, name="lsp-writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet; progress is left out while there are many."""
        return self._backlog

    def send(self, message: Any, default: Callable[[Any], Any] | None = None) -> None:
        """Frame and queue one JSON message. Pure ASCII, so that half a surrogate pair cannot break the stream."""
        body = json.dumps(message, separators=(",", ":"), default=default).encode("ascii")
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def write(self, data: bytes) -> None:
        if self._lost:
            return
        with self._lock:
            self._backlog += len(data)
        if self._backlog > MAX_BACKLOG:
            self._fail()
        else:
            self._queue.put(data)

    def close(self, timeout: float = 1.0) -> None:
        """Write what is queued, waiting at most so long for a client that does not read."""
        self._queue.put(None)
        self._thread.join(timeout)
        self._lost = True

    def _work(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                self._write(data)
            except (OSError, ValueError):
                self._fail()
                return
            with self._lock:
                self._backlog -= len(data)

    def _fail(self) -> None:
        if not self._lost:
            self._lost = True
            self._on_lost()


def read_descriptor(descriptor: int) -> Callable[[], bytes]:
    return lambda: os.read(descriptor, 1 << 16)


def write_descriptor(descriptor: int) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    return write
