"""A warm parent as the host holds it: started in the sandbox, asked for runs, ended with everything that it started."""

from __future__ import annotations

import contextlib
import json
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from autogpt.feedback.bubblewrap import MEMORY, OUT, Bubblewrap, in_memory
from autogpt.feedback.place import Place, testhost_folder
from autogpt.feedback.process import TICK, End, Finished, Kept, Pipe, Running
from autogpt.feedback.sandbox import Stage
from autogpt.feedback.text import readable
from autogpt.stop import Stop

START_SECONDS = 60.0
KILL_SECONDS = 5.0
"""After which a parent that does not report the end of a run is ended itself."""


class NotWarm(Exception):
    """There is no warm parent, or it did not run what it was asked to; `str` says why in a sentence."""


@dataclass(slots=True)
class Asked:
    """One run: what the parent says of its end. `why` is set when there was no run."""

    ended: bool = False
    status: int = 0
    why: str = ""


class Line:
    """JSON lines to and from one of the parents, and what it has said of itself."""

    def __init__(self, own: socket.socket, asked: dict[int, Asked]) -> None:
        self._socket = own
        self._asked = asked
        self._rest = b""
        self.ready: dict[str, Any] = {}
        self.refused = ""
        self.learned = 0
        self.left: frozenset[str] = frozenset()
        """Modules that could not be loaded beforehand."""

    def fileno(self) -> int:
        return self._socket.fileno()

    def hear(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["op"] == "ready":
                self.ready = message
            elif message["op"] == "refused":
                self.refused = str(message["why"])
            elif message["op"] == "learned":
                self.learned += int(message["loaded"])
                self.left |= frozenset(map(str, message["left"]))
            elif message["op"] == "ended" and message["id"] in self._asked:
                asked = self._asked[message["id"]]
                asked.ended, asked.status, asked.why = True, int(message["status"]), str(message["why"])

    def send(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Raise `NotWarm` when nobody is there."""
        data = json.dumps(request).encode() + b"\n"
        self._socket.setblocking(True)
        try:
            if descriptors:
                sent = socket.send_fds(self._socket, [data], list(descriptors))
                data = data[sent:]
            if data:
                self._socket.sendall(data)
        except OSError as error:
            raise NotWarm(f"its parent process is gone ({error})") from error
        finally:
            self._socket.setblocking(False)

    def close(self) -> None:
        """The parent at the other end ends."""
        self._socket.close()


class WarmParent:
    """Made by `start_parent`. Serves one run at a time to each caller; several may be at work.

    There are two processes: the first forks runs before pytest has loaded any conftest.py, the second (`deep`) when its
    session has begun, for runs of named files only. The second may never come up, which is no fault.
    """

    def __init__(
        self, stack: contextlib.ExitStack, running: Running, first: socket.socket, deep: socket.socket
    ) -> None:
        self._stack = stack
        self._running = running
        self._asked: dict[int, Asked] = {}
        self._count = 0
        self._first, self._deep = Line(first, self._asked), Line(deep, self._asked)
        for line in (self._first, self._deep):
            running.watch(line.fileno(), line.hear)

    @property
    def ready(self) -> dict[str, Any]:
        return self._first.ready

    @property
    def learned(self) -> int:
        return self._first.learned + self._deep.learned

    @property
    def left(self) -> frozenset[str]:
        return self._first.left | self._deep.left

    @property
    def alive(self) -> bool:
        return not self._first.refused and self._running.process.poll() is None

    @property
    def is_deep(self) -> bool:
        """Whether runs can be forked off a session that has begun."""
        return bool(self._deep.ready) and not self._deep.refused and self._is_there(self._deep)

    @property
    def not_deep(self) -> str:
        """Why the second process refused; "" if it did not."""
        return self._deep.refused

    def stay_shallow(self) -> None:
        """End the second process: this project's runs cannot go on from there."""
        if self._deep.fileno() >= 0:
            self._running.forget(self._deep.fileno())
            self._deep.close()

    def _is_there(self, line: Line) -> bool:
        return line.fileno() >= 0 and self._running.is_watched(line.fileno())

    def wait_ready(self, stop: Stop) -> None:
        """Raise `NotWarm` when the parent does not come up."""
        deadline = time.monotonic() + START_SECONDS
        while not self.ready:
            died = self._running.step(TICK)
            if self._first.refused:
                raise NotWarm(self._first.refused)
            if died or time.monotonic() > deadline or stop.requested:
                said = readable(self._running.output.decode("utf-8", "replace")).strip().splitlines()
                raise NotWarm(f"its parent process did not start: {(said or ['it said nothing'])[-1][:300]}")

    def run(
        self,
        configuration: IO[bytes],
        files: Sequence[str],
        report: Pipe,
        *,
        handler: Callable[[bytes], None],
        timeout: float,
        stop: Stop,
        watch: Callable[[], End | None],
        deep: bool = False,
    ) -> Finished:
        """One run of pytest over these files. Raise `NotWarm` when there was none."""
        line = self._deep if deep else self._first
        self._count += 1
        number, started = self._count, time.monotonic()
        asked = self._asked[number] = Asked()
        kept, output = Kept(), Pipe()
        self._running.watch(output.read, kept.add)
        self._running.watch(report.read, handler)
        try:
            request = {"op": "run", "id": number, "files": list(files), "descriptors": 3}
            line.send(request, (report.write, output.write, configuration.fileno()))
            output.close_write()
            report.close_write()
            end = self._until_ended(line, number, asked, started + timeout, stop, watch)
            self._drain((output.read, report.read))
        finally:
            del self._asked[number]
            for descriptor in (output.read, report.read):
                self._running.forget(descriptor)
            output.close()
        if asked.why:
            raise NotWarm(asked.why)
        return Finished(end, asked.status, time.monotonic() - started, kept.text())

    def _until_ended(
        self, line: Line, number: int, asked: Asked, deadline: float, stop: Stop, watch: Callable[[], End | None]
    ) -> End:
        end: End | None = None
        while not asked.ended:
            died = self._running.step(max(0.0, min(TICK, deadline - time.monotonic())))
            if asked.ended:
                break
            if died or not self._is_there(line):
                raise NotWarm("its parent process died")
            if end is not None:
                if time.monotonic() > deadline:
                    self._running.kill()
                    raise NotWarm("a run could not be ended")
                continue
            end = watch() or ("stopped" if stop.requested else None)
            if end is None and time.monotonic() >= deadline:
                end = "timeout"
            if end is not None:
                line.send({"op": "kill", "id": number})
                deadline = time.monotonic() + KILL_SECONDS
        return end or "exited"

    def _drain(self, descriptors: Sequence[int]) -> None:
        """All of the run's processes are gone, so the pipes come to an end."""
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline and any(self._running.is_watched(one) for one in descriptors):
            self._running.step(0.0)

    def settle(self, seconds: float) -> None:
        """Take in what the parent says on its own for at most so long; only used where nobody waits."""
        deadline = time.monotonic() + seconds
        known = self.learned
        while time.monotonic() < deadline and self.alive and self.learned == known:
            self._running.step(TICK)

    def close(self) -> None:
        """End the parent and all that is below it."""
        self._stack.close()


def start_parent(place: Place, stage: Stage, env: dict[str, str], options: dict[str, Any]) -> WarmParent:
    """Start a parent; `options` are `arguments` (of pytest), `names` and `skeleton`. It is not ready yet."""
    assert isinstance(place.sandbox, Bubblewrap)
    seen = stage.toplevel
    configuration = {
        "toplevel": str(seen),
        "cwd": str(seen / stage.prefix / stage.folder),
        "arguments": options["arguments"],
        "names": options["names"],
        "borrowed": list(stage.borrowed),
        "network": stage.network,
        "disk": stage.limits.disk,
        "memory": [[path, size, mode] for path, size, mode in MEMORY],
        "again": [str(path) for path in in_memory(stage)],
        "out": OUT,
    }
    with contextlib.ExitStack() as stack:
        (own, theirs), (own_deep, theirs_deep) = socket.socketpair(), socket.socketpair()
        for end in (own, theirs, own_deep, theirs_deep):
            stack.callback(end.close)
        file = stack.enter_context(tempfile.TemporaryFile())
        file.write(json.dumps(configuration).encode())
        file.seek(0)
        variables = {**env, "AUTOGPT_WARM": f"{file.fileno()}:{theirs.fileno()}:{theirs_deep.fileno()}"}
        argv = [place.environment.command[0], str(testhost_folder() / "warm.py")]
        passed = (file.fileno(), theirs.fileno(), theirs_deep.fileno())
        launch = stack.enter_context(place.sandbox.hold(argv, stage, variables, options["skeleton"], passed))
        try:
            running = Running(launch, {})
        except OSError as error:
            raise NotWarm(f"its parent process cannot be started: {error.strerror or error}") from error
        stack.callback(running.close)
        stack.callback(running.kill)
        theirs.close()
        theirs_deep.close()
        if launch.status is not None:
            launch.status.close_write()
        return WarmParent(stack.pop_all(), running, own, own_deep)
    raise AssertionError("the stack swallows no exception")


CONFIGURATIONS = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg",
                  "setup.py")  # fmt: skip
"""Files by which pytest finds its root and its settings; of the last one only the name counts."""


def read_skeleton(root: Path, cwd: Path) -> dict[str, bytes]:
    """pytest's configuration in the folder `cwd` of a tree and in those around it: content by path in the tree."""
    found: dict[str, bytes] = {}
    for folder in (cwd, *cwd.parents):
        for name in CONFIGURATIONS:
            path = root / folder / name
            if path.is_file():
                found[str(folder / name)] = b"" if name == "setup.py" else path.read_bytes()
    return found


def has_own_configuration(root: Path, cwd: Path, files: Sequence[str]) -> bool:
    """Whether a file, relative to `cwd`, lies beside or under another configuration than that of `cwd`."""
    folders = {parent for file in files for parent in _between(file)}
    return any((root / cwd / folder / name).is_file() for folder in folders for name in CONFIGURATIONS)


def _between(file: str) -> list[Path]:
    """Folders from the file itself (it may be one) up to, and without, the one it is relative to."""
    path = Path(file.partition("::")[0])
    return [one for one in (path, *path.parents) if one != Path()]
