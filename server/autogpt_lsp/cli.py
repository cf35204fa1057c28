"""`autogpt lsp`: connect one server to one client, and leave nothing running whatever ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence

from autogpt_lsp import logging_setup, stdio

log = logging.getLogger(__name__)

START = 2.0
"""Seconds in which the protocol's classes and their converters are made, hardly any of it garbage."""


def main(arguments: Sequence[str]) -> int:
    """`[--tcp PORT]`; the exit status."""
    import argparse

    parser = argparse.ArgumentParser(prog="autogpt lsp", description="Serve editors over LSP.")
    parser.add_argument("--stdio", action="store_true", help="Standard streams, which is the default.")
    parser.add_argument("--tcp", type=int, metavar="PORT", help="Listen on this port of 127.0.0.1 instead.")
    return serve(parser.parse_args(list(arguments)).tcp)


def serve(tcp: int | None = None) -> int:
    """Serve until the client leaves. 0 after an orderly shutdown, 1 otherwise."""
    if tcp is not None:
        return _serve_socket(tcp)
    reader, writer = stdio.take_standard_streams()
    return _run(stdio.read_descriptor(reader), stdio.write_descriptor(writer))


def _serve_socket(port: int) -> int:
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"Listening on 127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
    with connection:
        return _run(lambda: connection.recv(1 << 16), connection.sendall)


def _run(read: Callable[[], bytes], write: Callable[[bytes], None]) -> int:
    gc.disable()  # looking for garbage takes a sixth of the time of a start
    path = logging_setup.start_logging()
    code = asyncio.run(_connect(read, write, path))
    logging.shutdown()
    # Threads that wait for a client which neither writes nor reads must not hold the process.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


async def _connect(read: Callable[[], bytes], write: Callable[[bytes], None], log_path: object) -> int:
    from pathlib import Path

    from autogpt_lsp.app import create_server

    loop = asyncio.get_running_loop()
    loop.call_later(START, _look_for_garbage)
    server = create_server()
    server.log_path = log_path if isinstance(log_path, Path) else None
    server.done = loop.create_future()

    def gone() -> None:
        server.spawn(_leave(server.close, server.leave))

    def deliver(body: bytes | None) -> None:
        loop.call_soon_threadsafe(handle, body)

    def handle(body: bytes | None) -> None:
        if body is None:
            gone()
            return
        try:
            server.protocol.receive(body)
        finally:
            reader.handled()

    def lost() -> None:
        loop.call_soon_threadsafe(gone)

    writer = stdio.Writer(write, lost)
    server.protocol.set_writer(writer)  # type: ignore[arg-type]
    reader = stdio.Reader(read, deliver)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name) and os.name != "nt":
            loop.add_signal_handler(getattr(signal, name), gone)
    code = await server.done
    await server.close()
    writer.close()
    return code


def _look_for_garbage() -> None:
    """What the start made stays for good: it need not be looked at again."""
    gc.freeze()
    gc.enable()


async def _leave(close: Callable[[], object], leave: Callable[[int], None]) -> None:
    closing = close()
    assert asyncio.iscoroutine(closing)
    await closing
    leave(1)
