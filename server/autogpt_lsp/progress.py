"""Work-done progress of runs: created once, a few reports a second, always ended, cancellable."""

from __future__ import annotations

import logging
from collections.abc import Callable

from lsprotocol import types

from autogpt_lsp.protocol import Protocol

log = logging.getLogger(__name__)

PREFIX = "autogpt/"
PATIENCE = 60.0
"""Seconds for a client to make a bar; on a busy machine an editor that loads its extensions takes its time."""


class ProgressBars:
    """One bar per run, token `autogpt/<run>`. Clients without the ability get nothing."""

    def __init__(self, protocol: Protocol, able: Callable[[], bool]) -> None:
        self._protocol = protocol
        self._able = able
        self._begun: dict[str, str] = {}
        self._ended: set[str] = set()

    async def begin(self, run: str, title: str) -> None:
        """Ask the client for a bar and begin it, unless the run ended meanwhile."""
        if not self._able() or run in self._begun:
            return
        token = PREFIX + run
        self._begun[run] = ""
        created = await self._protocol.ask_client(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE,
            types.WorkDoneProgressCreateParams(token),
            timeout=PATIENCE,
            default=False,
        )
        if created is False or run in self._ended:
            # Refused, or over before the client answered: a token that was never begun needs no end.
            self._forget(run)
            return
        self._begun[run] = token
        self._send(token, types.WorkDoneProgressBegin(title=title, cancellable=True, message="Starting"))

    def report(self, run: str, message: str, percentage: int | None = None) -> None:
        if token := self._begun.get(run):
            self._send(token, types.WorkDoneProgressReport(message=message, percentage=percentage, cancellable=True))

    def end(self, run: str, message: str) -> None:
        """Safe to call twice, and for a run without a bar."""
        token = self._begun.get(run)
        if token:
            self._send(token, types.WorkDoneProgressEnd(message=message))
            self._forget(run)
        elif token is not None:
            self._ended.add(run)  # still being created

    def end_all(self, message: str) -> None:
        for run in list(self._begun):
            self.end(run, message)

    def _forget(self, run: str) -> None:
        self._begun.pop(run, None)
        self._ended.discard(run)

    def _send(self, token: str, value: object) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))


def run_of(token: str) -> str | None:
    """The run whose bar was cancelled."""
    return token.removeprefix(PREFIX) if token.startswith(PREFIX) else None
