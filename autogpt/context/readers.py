"""Reads the facts of many files in processes of its own, side by side: the same facts, on more than one core.

A process ends when whoever asks closes its input, by its own end if need be. One that fails costs a second reading
here.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

from autogpt.context.store import from_plain, to_plain
from autogpt.context.syntax import Facts, read_facts

AT_ONCE = 40
"""Files of one request: enough that waiting for one another costs little."""
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from autogpt.context.readers import serve; serve(sys.stdin.buffer, sys.stdout.buffer)"
)
_LENGTH = struct.Struct("<Q")

Files = Sequence[tuple[str, bytes]]
"""Path and content."""


class Readers:
    """So many processes, started as they are needed; `close` ends them, whatever they do."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, "reader")
        self._own = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._closed = threading.Event()

    def read(self, files: Files) -> Future[list[Facts | None]]:
        """As `read_facts` of each, later."""
        return self._threads.submit(self._read, files)

    def close(self) -> None:
        """End all processes and wait for them."""
        self._closed.set()
        for process in self._started:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.communicate()

    def _read(self, files: Files) -> list[Facts | None]:
        try:
            process = getattr(self._own, "process", None) or self._start()
            assert process.stdin is not None and process.stdout is not None
            _send(process.stdin, [[path, data] for path, data in files])
            found = _receive(process.stdout)
        except (OSError, EOFError, ValueError, TypeError):
            found = None
        if found is None and not self._closed.is_set():
            return [read_facts(path, data) for path, data in files]
        return [from_plain(one) if one is not None else None for one in found or ()]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _START, json.dumps(sys.path)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._started.append(process)
        self._own.process = process
        return process


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """What such a process does: answer until there are no more requests."""
    with contextlib.suppress(OSError, EOFError):
        while True:
            facts = [read_facts(path, data) for path, data in _receive(requests)]
            _send(answers, [to_plain(one) if one is not None else None for one in facts])


def _send(stream: IO[bytes], message: list[Any]) -> None:
    """`marshal` is the fastest there is, and both ends run the same interpreter."""
    data = marshal.dumps(message)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> list[Any]:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return marshal.loads(data)
