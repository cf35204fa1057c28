"""One thread of the process that waits for the network, so that a caller in any thread can be cancelled at once."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, wait
from typing import Any, TypeVar

from autogpt.stop import Stop

T = TypeVar("T")

CHECK_SECONDS = 0.05
"""How long a cancel can go unnoticed; an answer wakes the caller at once."""
CLOSE_SECONDS = 2.0
"""How long a cancelled request may take to close its connection."""


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="autogpt-network", daemon=True).start()
    return loop


def wait_for(work: Coroutine[Any, Any, T], stop: Stop) -> T:
    """The result of `work`, which is cancelled when `stop` asks for the end; then raise `Stopped`."""
    closed = threading.Event()

    async def tracked() -> T:
        try:
            return await work
        finally:
            closed.set()

    future = asyncio.run_coroutine_threadsafe(tracked(), _loop())
    try:
        while not future.done():
            wait([future], timeout=CHECK_SECONDS)
            if stop.requested and not future.done():
                future.cancel()
                closed.wait(CLOSE_SECONDS)
                stop.check()
        return future.result()
    finally:
        with contextlib.suppress(CancelledError):
            future.cancel()
