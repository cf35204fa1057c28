"""Standard streams that nobody else can disturb: the protocol keeps its own, everyone else gets harmless ones."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any


class Lines:
    """JSON objects, one per line. Writing is thread-safe; reading is for one thread."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader = os.fdopen(reader, "rb", buffering=0)
        self._writer = writer
        self._lock = threading.Lock()
        self._gone = False

    @classmethod
    def guarded(cls) -> Lines:
        """Take descriptors 0 and 1 away: 0 becomes empty, 1 becomes standard error.

        A child that reads its input or a library that prints would otherwise eat or break the protocol.
        """
        reader, writer = os.dup(0), os.dup(1)
        os.set_inheritable(reader, False)
        os.set_inheritable(writer, False)
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        os.dup2(2, 1)
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as the process
        return cls(reader, writer)

    def read(self) -> Iterator[bytes]:
        """Lines without their end, until the other side is gone."""
        pending = bytearray()
        while True:
            try:
                data = self._reader.read(1 << 16)
            except OSError:
                data = b""
            if not data:
                return
            pending += data
            if b"\n" in data:
                *whole, rest = bytes(pending).split(b"\n")
                pending = bytearray(rest)
                yield from (line for line in whole if line.strip())

    def write(self, message: dict[str, Any]) -> None:
        """Send one object; silently dropped once the other side is gone, for reading tells that too."""
        # ASCII only: half a surrogate pair or an undecodable file name cannot break the line.
        data = json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            view = memoryview(data)
            while view and not self._gone:
                try:
                    view = view[os.write(self._writer, view) :]
                except OSError:
                    self._gone = True
