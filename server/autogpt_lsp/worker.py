"""The worker process as the server sees it: started on first need, told by JSON lines, never outliving the server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import shlex
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autogpt import paths
from autogpt.errors import AutogptError, EnvironmentNotFound, ModelError, UsageError, WorkspaceError
from autogpt.worker import protocol

log = logging.getLogger(__name__)

MAX_LINE = 256 << 20
"""Longest message of the worker in bytes; a diff of a whole project fits."""
COMMAND_VARIABLE = "AUTOGPT_WORKER_COMMAND"
_ERRORS: Mapping[str, type[AutogptError]] = {
    "usage": UsageError,
    "workspace": WorkspaceError,
    "environment": EnvironmentNotFound,
    "model": ModelError,
}


class WorkerLost(AutogptError):
    """The worker process ended while something was asked of it."""


class Worker:
    """One worker process at a time. `notify(method, params)` hears what it says unasked, `lost(reason)` its death."""

    def __init__(self, notify: Callable[[str, Any], None], lost: Callable[[str], None]) -> None:
        self.command: tuple[str, ...] = ()
        self.broken = False
        """Whether the last try to start it failed: what can be done without it is not worth another try."""
        self.hello = protocol.Hello()
        self.info: dict[str, Any] = {}
        self.starts = 0
        self._notify, self._lost = notify, lost
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: deque[str] = deque(maxlen=40)
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The living process, None before the first need and after a crash."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def ask(self, method: str, params: Any = None) -> Any:
        """Send a request; its answer as parsed JSON. Raise what the worker raised, or `WorkerLost`."""
        await self.start()
        return await self._send(method, params)

    async def start(self) -> None:
        """Make sure that the process is there. Raise `WorkerLost` when it does not come up."""
        async with self._starting:
            if self._closed:
                raise WorkerLost("The server is about to end.")
            if self.pid is None:
                self.broken = True
                await self._spawn()
                hello = await self._send("hello", self.hello)
                if hello.get("protocol") != protocol.VERSION:
                    await self._stop()
                    raise WorkerLost("The worker is of another version than the server.", "Reinstall autogpt-lsp.")
                self.info, self.broken = hello, False

    async def close(self) -> None:
        """End the process with everything below it: a polite end of its input, then the signals of its group."""
        self._closed = True
        await self._stop()
        for task in self._tasks:
            task.cancel()

    async def _spawn(self) -> None:
        home = paths.state_home()
        home.mkdir(parents=True, exist_ok=True)
        command = self.command or _default_command()
        self._errors.clear()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=home,  # never the workspace, whose files `-m` would import
                env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"},
                limit=MAX_LINE,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerLost(f"The worker cannot be started ({shlex.join(command)}): {error}.") from error
        self.starts += 1
        self._keep(self._listen(self._process))
        self._keep(self._listen_errors(self._process))

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, method: str, params: Any) -> Any:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise WorkerLost(self._last_words("The worker has ended."))
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        data = params if params is None or isinstance(params, dict) else asdict(params)
        line = json.dumps({"id": number, "method": method, "params": data}, separators=(",", ":"))
        try:
            process.stdin.write(line.encode("ascii") + b"\n")
            return await answer
        except ConnectionError:
            raise WorkerLost(self._last_words("The worker has ended.")) from None
        finally:
            self._asked.pop(number, None)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError, ConnectionError):
            while line := await process.stdout.readline():
                self._hear(line)
        code = await process.wait()
        self._on_end(process, code)

    def _hear(self, line: bytes) -> None:
        try:
            message = json.loads(line.decode("utf-8", "surrogateescape"))
        except ValueError:
            log.error("the worker said %r", line[:200])
            return
        answer = self._asked.get(message["id"]) if "id" in message else None
        if answer is not None and not answer.done():
            if "error" in message:
                answer.set_exception(_error(message["error"]))
            else:
                answer.set_result(message.get("result"))
        elif "method" in message:
            try:
                self._notify(message["method"], message["params"])
            except Exception:  # a fault in one feature must not end the listening
                log.exception("worker notification %s", message["method"])

    async def _listen_errors(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with contextlib.suppress(ValueError, ConnectionError):
            while line := await process.stderr.readline():
                text = line.decode("utf-8", "replace").rstrip()
                self._errors.append(text)
                log.warning("worker: %s", text[:2000])

    def _on_end(self, process: asyncio.subprocess.Process, code: int) -> None:
        _kill_group(process.pid)  # what the worker left in its group goes with it
        if self._process is process:
            self._process = None
        reason = self._last_words(f"The worker ended unexpectedly ({_describe(code)}).")
        for answer in list(self._asked.values()):
            if not answer.done():
                answer.set_exception(WorkerLost(reason))
        if not self._closed:
            log.error("%s", reason)
            self._lost(reason)

    def _last_words(self, reason: str) -> str:
        said = next((line for line in reversed(self._errors) if line.strip()), "")
        return f"{reason} It said last: {said[:300]}" if said else reason

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for patience, number in ((0.7, signal.SIGTERM), (0.2, getattr(signal, "SIGKILL", signal.SIGTERM))):
            try:
                await asyncio.wait_for(process.wait(), patience)
                break
            except asyncio.TimeoutError:
                _kill_group(process.pid, number)
        _kill_group(process.pid)


def _default_command() -> tuple[str, ...]:
    """From the environment of the server, which is the person's; never from a file of a workspace."""
    override = os.environ.get(COMMAND_VARIABLE)
    return tuple(shlex.split(override)) if override else (sys.executable, "-m", "autogpt.worker")


def _error(data: Mapping[str, Any]) -> AutogptError:
    cls = _ERRORS.get(str(data.get("kind")), AutogptError)
    return cls(str(data.get("message", "The worker failed.")), str(data.get("hint", "")))


def _describe(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


def _kill_group(pid: int, number: int = getattr(signal, "SIGKILL", signal.SIGTERM)) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(pid, number)


def command_from(value: Sequence[Any] | None) -> tuple[str, ...]:
    """The worker's command from a client's `initializationOptions`; empty when it gives none."""
    if not value:
        return ()
    if not all(isinstance(word, str) and word for word in value) or not Path(value[0]).is_absolute():
        raise UsageError("`worker.command` must be a list of words that begins with an absolute path.")
    return tuple(value)
