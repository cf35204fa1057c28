"""Fences by the kernel where bubblewrap cannot be had: Landlock on Linux, `sandbox-exec` on macOS, a job on Windows.

Each is a program in front of the command, on top of the copy and the limits of `LimitsOnly`. Those for macOS and
Windows are untested: they were written from the systems' documentation.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from autogpt.feedback import landlock
from autogpt.feedback.sandbox import LimitsOnly, Stage

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sys/devices/system/cpu")
ETC = ("alternatives", "ca-certificates", "fonts", "group", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
       "localtime", "mime.types", "nsswitch.conf", "passwd", "pki", "protocols", "resolv.conf", "services", "ssl",
       "terminfo", "timezone")  # fmt: skip
"""What of /etc programs need to start; nothing that holds a secret."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm", "/dev/fd")


def readable(stage: Stage) -> list[str]:
    """What a command may read and run besides its own folder."""
    names = [*SYSTEM, *(f"/etc/{name}" for name in ETC)]
    lent = [stage.toplevel / name for name in stage.borrowed]
    return [*names, *map(str, (*stage.visible, *lent))]


class Landlock(LimitsOnly):
    """The system and the interpreter read-only, the run's own folder, nothing else; no TCP, no signals to others."""

    name = "landlock"

    def __init__(self, state: Path, reason: str) -> None:
        super().__init__(state, reason)
        self.version = landlock.version()
        parts = ["files outside of a copy are out of reach"]
        parts += ["no TCP"] if self.version >= landlock.NETWORK else ["the network is open"]
        self.description = f"Landlock: {', '.join(parts)}, limits; no namespaces ({reason})"

    def fence(self, argv: Sequence[str], stage: Stage, own: Path) -> list[str]:
        rules = {"read": readable(stage), "write": [str(own), *DEVICES], "network": stage.network}
        return [sys.executable, "-I", "-S", str(Path(landlock.__file__)), json.dumps(rules), *argv]


class Seatbelt(LimitsOnly):
    """macOS, untested: writes only in the run's own folder, the home unreadable, no network but the machine's own."""

    name = "sandbox-exec"

    def __init__(self, state: Path, reason: str) -> None:
        super().__init__(state, reason)
        self.description = "sandbox-exec (untested): no writes outside of a copy, home out of reach, no network, limits"

    def fence(self, argv: Sequence[str], stage: Stage, own: Path) -> list[str]:
        return ["sandbox-exec", "-p", self.profile(stage, own), *argv]

    def profile(self, stage: Stage, own: Path) -> str:
        """Later rules win."""
        lines = ["(version 1)", "(allow default)", "(deny file-write*)"]
        lines += [f"(deny file-read* (subpath {_quoted(Path.home())}))"]
        lent = [stage.toplevel / name for name in stage.borrowed]
        lines += [f"(allow file-read* (subpath {_quoted(path)}))" for path in (*stage.visible, *lent)]
        lines += [f"(allow file-read* file-write* (subpath {_quoted(own)}))"]
        lines += ['(allow file-write* (literal "/dev/null") (literal "/dev/zero") (regex #"^/dev/tty"))']
        if not stage.network:
            lines += ["(deny network*)", '(allow network* (local ip "localhost:*") (remote ip "localhost:*"))']
        return "\n".join(lines)


def _quoted(path: Path) -> str:
    text = os.path.realpath(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Job(LimitsOnly):
    """Windows, untested: a job object that bounds memory and processes and ends them together; files are open."""

    name = "job"

    def __init__(self, state: Path, reason: str) -> None:
        super().__init__(state, reason)
        self.description = "a job object (untested): limits on memory and processes, no sandbox"

    def fence(self, argv: Sequence[str], stage: Stage, own: Path) -> list[str]:
        limits = stage.limits
        script = Path(__file__).with_name("job_object.py")
        return [sys.executable, "-I", "-S", str(script), str(limits.memory), str(limits.processes), *argv]


def next_best(state: Path, reason: str) -> LimitsOnly:
    """What there is without bubblewrap, which is missing for this `reason`."""
    if sys.platform == "linux" and landlock.version() > 0:
        return Landlock(state, reason)
    if sys.platform == "darwin" and shutil.which("sandbox-exec"):
        return Seatbelt(state, reason)
    if sys.platform == "win32":
        return Job(state, reason)
    return LimitsOnly(state, reason)
