"""Runs one command to its end, whatever it does: in time, with bounded output, and with nothing of it left behind."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autogpt.stop import Stop

End = Literal["exited", "timeout", "stopped", "not_started", "disk"]

KEPT_OUTPUT = 200_000
"""Bytes of output that are kept, half from the beginning and half from the end."""
TICK = 0.05
"""Seconds between two looks at the clock and at the stop."""
DRAIN = 0.3
"""Seconds that pipes are still read after the command ended: a child it left behind may hold them open for ever."""


class Pipe:
    """Two ends that are each closed once, whoever comes first."""

    def __init__(self) -> None:
        self._ends: list[int | None] = list(os.pipe())

    @property
    def read(self) -> int:
        return self._ends[0] if self._ends[0] is not None else -1

    @property
    def write(self) -> int:
        return self._ends[1] if self._ends[1] is not None else -1

    def close_write(self) -> None:
        self._close(1)

    def close(self) -> None:
        self._close(0)
        self._close(1)

    def _close(self, index: int) -> None:
        end, self._ends[index] = self._ends[index], None
        if end is not None:
            os.close(end)


@dataclass(frozen=True, slots=True)
class Launch:
    """A command as the operating system gets it."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()
    status: Pipe | None = None
    """Where bubblewrap writes: from it comes the id of the sandbox's first process."""
    token: str = ""
    """Value of `AUTOGPT_TOKEN` in `env`: by it processes that left their group are found."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended. `status` is the exit status, negative for a signal, None if it never ran to an end."""

    end: End
    status: int | None = None
    seconds: float = 0.0
    output: bytes = b""
    detail: str = ""


@dataclass(slots=True)
class Kept:
    """The head and the tail of a stream, and how much was between."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    left_out: int = 0

    def add(self, data: bytes) -> None:
        half = KEPT_OUTPUT // 2
        room = half - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        if len(self.tail) > 2 * half:
            self._trim(half)

    def _trim(self, half: int) -> None:
        surplus = len(self.tail) - half
        if surplus > 0:
            self.left_out += surplus
            del self.tail[:surplus]

    def text(self) -> bytes:
        self._trim(KEPT_OUTPUT // 2)
        gap = b"\n[... %d bytes left out ...]\n" % self.left_out if self.left_out else b""
        return bytes(self.head) + gap + bytes(self.tail)


class Running:
    """A started command. `handlers` are further read ends with who gets their bytes."""

    def __init__(self, launch: Launch, handlers: Mapping[int, Callable[[bytes], None]]) -> None:
        self._launch = launch
        self._kept = Kept()
        self._status_text = bytearray()
        self._init_pidfd = -1
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(launch.argv),
            cwd=launch.cwd,
            env=dict(launch.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=launch.pass_fds,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._selector = selectors.DefaultSelector()
        self._pidfd = _pidfd_open(self.process.pid)
        if self._pidfd >= 0:
            self._selector.register(self._pidfd, selectors.EVENT_READ, None)
        self.watch(self.process.stdout.fileno(), self._kept.add)
        if launch.status is not None:
            self.watch(launch.status.read, self._read_status)
        for descriptor, handler in handlers.items():
            self.watch(descriptor, handler)

    def watch(self, descriptor: int, handler: Callable[[bytes], None]) -> None:
        """From now on hand the bytes of this descriptor on, too, until its end."""
        os.set_blocking(descriptor, False)
        self._selector.register(descriptor, selectors.EVENT_READ, handler)

    def is_watched(self, descriptor: int) -> bool:
        """Whether its end was not reached yet."""
        return descriptor in self._selector.get_map()

    def forget(self, descriptor: int) -> None:
        """Hand no more of it on."""
        if self.is_watched(descriptor):
            self._selector.unregister(descriptor)

    def _read_status(self, data: bytes) -> None:
        """Take hold of the sandbox's first process: when it dies, the kernel ends all others with it."""
        self._status_text += data
        if self._init_pidfd < 0 and b"\n" in self._status_text:
            with contextlib.suppress(ValueError, KeyError):
                pid = json.loads(self._status_text.partition(b"\n")[0])["child-pid"]
                self._init_pidfd = _pidfd_open(int(pid))

    def step(self, seconds: float) -> bool:
        """Wait for something to read, hand it on; True when the command has ended."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                continue
            try:
                data = os.read(key.fd, 1 << 16)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fd)
        return self.process.poll() is not None

    def drain(self) -> None:
        """Read what is left in the pipes, for a moment only."""
        deadline = time.monotonic() + DRAIN
        if self._pidfd in self._selector.get_map():
            self._selector.unregister(self._pidfd)
        while self._selector.get_map() and (left := deadline - time.monotonic()) > 0:
            self.step(left)

    def kill(self) -> None:
        """End the whole tree of processes and wait until it is gone."""
        if self._init_pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init_pidfd, signal.SIGKILL)
            with selectors.DefaultSelector() as selector:
                selector.register(self._init_pidfd, selectors.EVENT_READ)
                selector.select(2.0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self._init_pidfd < 0 and self._launch.token:
            kill_marked(self._launch.token)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2.0)

    def close(self) -> None:
        """Let go of every descriptor. The command must have ended or been killed."""
        self._selector.close()
        for descriptor in (self._pidfd, self._init_pidfd):
            if descriptor >= 0:
                os.close(descriptor)
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def output(self) -> bytes:
        return self._kept.text()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


def run(
    launch: Launch,
    *,
    timeout: float,
    stop: Stop,
    handlers: Mapping[int, Callable[[bytes], None]] | None = None,
    pipes: Sequence[Pipe] = (),
    watch: Callable[[], End | None] = lambda: None,
) -> Finished:
    """Run a command; never raises for what it does.

    The write ends of `pipes` are closed once the command holds its own; `watch` may end it early, with the reason.
    """
    try:
        running = Running(launch, handlers or {})
    except OSError as error:
        return Finished("not_started", detail=f"{launch.argv[0]}: {error.strerror or error}")
    finally:
        for pipe in (*pipes, *([launch.status] if launch.status else [])):
            pipe.close_write()
    end: End = "exited"
    try:
        deadline = running.started + timeout
        while not running.step(max(0.0, min(TICK, deadline - time.monotonic()))):
            reason = watch()
            if reason is None and stop.requested:
                reason = "stopped"
            if reason is None and time.monotonic() >= deadline:
                reason = "timeout"
            if reason is not None:
                end = reason
                break
        running.kill()
        running.drain()
        return Finished(end, running.process.returncode, running.seconds, running.output)
    finally:
        if running.process.poll() is None:
            running.kill()
        running.close()


def kill_marked(token: str) -> None:
    """Kill every process that carries the token in its environment: those that started a session of their own.

    Repeated until a pass finds none, because a fork may be ahead of the pass. Linux only; elsewhere the group must do.
    """
    mark = b"AUTOGPT_TOKEN=" + token.encode() + b"\0"
    for _ in range(50):
        found = False
        for pid in processes():
            try:
                marked = mark in Path(f"/proc/{pid}/environ").read_bytes() + b"\0"
            except OSError:
                continue
            if marked and pid != os.getpid():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
                    found = True
        if not found:
            return
        time.sleep(0.005)


def processes() -> list[int]:
    """Ids of all processes; empty where there is no /proc."""
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []


def _pidfd_open(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1
