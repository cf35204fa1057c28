"""How tests are fenced in: bubblewrap where the system lets us, else the next best thing, and it is said which.

In bubblewrap the scratch tree is mounted at the path of the workspace itself, under a layer that is thrown away, so
that editable installs and absolute paths lead to it and no test changes it. What a sandbox covers and what not is in
docs/sandbox.md.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.cgroup import limits_group, prune_groups
from autogpt.feedback.orphans import end_orphans
from autogpt.feedback.process import End, Launch


@dataclass(frozen=True, slots=True)
class Limits:
    """For every process of a run, except `processes`, which counts all of them. Bytes and seconds; 0 for none."""

    cpu: int = 0
    memory: int = 4 << 30
    processes: int = 512
    file_size: int = 1 << 30
    open_files: int = 4096
    disk: int = 1 << 30
    """What a run may write in all before it is ended."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a command is to see. `root` is the scratch copy that stands for `toplevel`."""

    root: Path
    toplevel: Path
    prefix: str = ""
    folder: str = ""
    visible: tuple[Path, ...] = ()
    """Paths outside of the workspace that are visible read-only: interpreters, installed packages."""
    borrowed: tuple[str, ...] = ()
    """Paths relative to the toplevel that are shown read-only from the original: `.venv`, `node_modules`."""
    rebuilt: tuple[str, ...] = ()
    """Of these, folders that importing the project writes to; what is written is thrown away."""
    network: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Ready:
    """A launch that is prepared, and where it will see the toplevel."""

    launch: Launch
    toplevel: Path
    out: Path
    """An empty folder outside of the tree that the command may write to."""
    seen_out: Path
    """The same folder as the command sees it, and as `AUTOGPT_OUT` names it."""
    watch: Callable[[], End | None] = lambda: None
    """To be asked now and then: a reason to end the run, such as a disk that is filling up."""


class Sandbox(Protocol):
    """bubblewrap, or limits alone."""

    name: str
    description: str
    """One phrase for the person."""
    in_place: bool
    """Whether the scratch tree is seen at the workspace's own path."""

    @contextmanager
    def prepare(
        self, argv: Sequence[str], stage: Stage, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()
    ) -> Generator[Ready]:
        """The command as it is started; what it needs on disk is gone afterwards."""
        ...


def choose_sandbox(settings: Settings, state: Path) -> Sandbox:
    """The best there is. Raise `EnvironmentNotFound` where one is required and none can be had."""
    from autogpt.feedback.bubblewrap import Bubblewrap, why_not
    from autogpt.feedback.fences import next_best

    prune_leftovers(state)
    reason = "It is switched off in the settings." if settings.sandbox == "off" else why_not(str(state))
    if not reason:
        return Bubblewrap(state)
    if settings.sandbox == "required":
        raise EnvironmentNotFound(f"There is no sandbox for the tests: {reason}", INSTALL_HINT)
    return LimitsOnly(state, reason) if settings.sandbox == "off" else next_best(state, reason)


INSTALL_HINT = "Install bubblewrap (apt install bubblewrap), or set `sandbox` to `auto` to run with what there is."


class LimitsOnly:
    """Limits on the processes and a copy of the tree; the tests see the network and the user's files."""

    name = "limits"
    in_place = False

    def __init__(self, state: Path, reason: str = "") -> None:
        self._state = state
        self.reason = reason
        self.description = "limits on time, memory and files only, no sandbox" + (f" ({reason})" if reason else "")

    @contextmanager
    def prepare(
        self, argv: Sequence[str], stage: Stage, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()
    ) -> Generator[Ready]:
        """The command in a copy of the scratch tree, with links to what is borrowed from the workspace."""
        limits = stage.limits
        with private_folder(self._state) as own, limits_group(limits.processes, limits.memory) as join:
            copy, temporary = own / stage.toplevel.name, own / "tmp"
            temporary.mkdir()
            (own / "home").mkdir()
            (own / "out").mkdir()
            copy_tree(stage.root, copy)
            for name in stage.borrowed:
                if not os.path.lexists(copy / name):
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    _lend(stage.toplevel / name, copy / name)
            cwd = copy / stage.prefix / stage.folder
            own_env = {**env, "HOME": str(own / "home"), "TMPDIR": str(temporary), "PWD": str(cwd)}
            own_env["AUTOGPT_OUT"] = str(own / "out")
            token = own.name
            own_env["AUTOGPT_TOKEN"] = token
            fenced = self.fence(limited(argv, limits), stage, own)
            command = [*join, *dying_with_us(), *PARENT, *dying_with_us(), *fenced]
            launch = Launch(command, cwd, own_env, pass_fds, token=token)
            yield Ready(launch, copy, own / "out", own / "out", disk_watch(own, limits.disk))

    def fence(self, argv: Sequence[str], stage: Stage, own: Path) -> list[str]:
        """The command with what fences it in; nothing here. `own` is the folder of the run."""
        del stage, own
        return list(argv)


def _lend(original: Path, place: Path) -> None:
    """A folder as a link; a file as a copy, so that modules beside it are found where it seems to be."""
    if original.is_dir():
        place.symlink_to(original)
    else:
        shutil.copy2(original, place)


PARENT = ("sh", "-c", '"$@"; exit $?', "run")
"""A parent of the tests' own, so that a test which kills its parent does not reach us."""


def disk_watch(folder: Path, allowed: int) -> Callable[[], End | None]:
    """Tells when the file system of a folder lost more room than a run may take."""
    before = shutil.disk_usage(folder).free

    def look() -> End | None:
        return "disk" if before - shutil.disk_usage(folder).free > allowed else None

    return look


@contextmanager
def private_folder(state: Path) -> Generator[Path]:
    """A folder for one run, readable by its owner only, removed whatever the tests put there."""
    import secrets

    folder = state / "sandbox" / f"run-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        remove_tree(folder)


def prune_leftovers(state: Path) -> None:
    """End and remove what killed processes of ours could not: the name of a folder says whose it was."""
    end_orphans(state.parent, is_alive)
    for folder in (state / "sandbox").glob("run-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not is_alive(int(owner)):
            remove_tree(folder)
    prune_groups(is_alive)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, of whomever."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def remove_tree(folder: Path) -> None:
    """Delete a tree of ours, also where tests took away the right to."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for parent, _, _ in os.walk(folder):
            Path(parent).chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)


def copy_tree(source: Path, target: Path) -> None:
    """A copy with times, modes and links; shares blocks where the file system can."""
    copier = ["cp", "-a", "--reflink=auto"] if sys.platform == "linux" else ["cp", "-Rpc"]
    if shutil.which("cp"):
        done = subprocess.run([*copier, "--", str(source), str(target)], capture_output=True, check=False)
        if done.returncode == 0:
            return
        remove_tree(target)
    shutil.copytree(source, target, symlinks=True)


def limited(argv: Sequence[str], limits: Limits, *, processes: bool = False) -> list[str]:
    """The command under `prlimit`, where there is one; memory as data, because address space is often only reserved.

    The number of processes is that of the user in this namespace: only to be used where nothing else of theirs runs.
    """
    tool = prlimit()
    if not tool:
        return list(argv)
    options = ["--core=0"]
    if processes and limits.processes:
        options.append(f"--nproc={limits.processes}")
    if limits.cpu:
        options.append(f"--cpu={limits.cpu}:{limits.cpu + 2}")
    if limits.memory:
        options.append(f"--data={limits.memory}")
    if limits.file_size:
        options.append(f"--fsize={limits.file_size}")
    if limits.open_files:
        options.append(f"--nofile={limits.open_files}")
    return [tool, *options, *argv]


@functools.cache
def dying_with_us() -> tuple[str, ...]:
    """A prefix by which the kernel ends a command when its parent dies: a killed worker leaves no tests running."""
    tool = shutil.which("setpriv") if sys.platform == "linux" else None
    return (tool, "--pdeathsig", "KILL") if tool else ()


@functools.cache
def prlimit() -> str:
    """Path of util-linux' prlimit, empty where there is none."""
    return shutil.which("prlimit") or ""
