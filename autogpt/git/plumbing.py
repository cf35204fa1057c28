"""Runs git's plumbing in an environment of its own: no variable, hook, filter or monitor of the user's takes part."""

from __future__ import annotations

import errno
import functools
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from autogpt.errors import WorkspaceError

OLDEST = (2, 31)
"""Settings by GIT_CONFIG_COUNT, which carry any character, came with this version."""

_ALWAYS: Mapping[str, str] = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.splitIndex": "false",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "core.precomposeUnicode": "false",
    "index.sparse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "commit.gpgSign": "false",
    "protocol.allow": "never",
    "advice.graftFileDeprecated": "false",
    "submodule.recurse": "false",
    "diff.ignoreSubmodules": "all",
}

_PRIVATE: Mapping[str, str] = {
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.protectNTFS": "false",
    "core.protectHFS": "false",
    "core.looseCompression": "1",
    "core.bigFileThreshold": "512m",
    "core.fsync": "none",
    "checkout.workers": "1",  # more workers cost five times the time on some file systems and save little elsewhere
}
"""For the product's own repository: bytes stay as they are, and what can be made again need not survive a power cut."""


_DAMAGE = re.compile(
    r"corrupt|unable to read|bad object|[Nn]ot a valid object|invalid object"
    r"|missing (blob|tree|commit)|could not (read|parse)|loose object"
)


class GitFailed(WorkspaceError):
    """A git command that should have worked did not; `detail` is what it said."""

    def __init__(self, message: str, hint: str = "", *, detail: str = "") -> None:
        super().__init__(message, hint)
        self.detail = detail

    @property
    def disk_full(self) -> bool:
        return os.strerror(errno.ENOSPC) in self.detail or "quota exceeded" in self.detail.lower()


@dataclass(frozen=True)
class Git:
    """One way of calling git: which repository, work tree, index and object stores. Cheap to vary with `replace`."""

    git_dir: Path | None
    work_tree: Path | None = None
    index: Path | None = None
    objects: Path | None = None
    """Where new objects go, if not into the repository's own store."""
    alternates: tuple[Path, ...] = ()
    """Object stores that are read besides."""
    private: bool = True
    """No system-wide, global or attribute settings apply."""
    config: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None
    """Where git is run; by default at the top of the work tree."""

    def run(self, *arguments: str, input: bytes = b"", ok: Sequence[int] = (0,)) -> bytes:
        """Standard output. Raise `GitFailed` for an exit status that is not in `ok`."""
        return self.call(arguments, input, ok)[1]

    def call(self, arguments: Sequence[str], input: bytes = b"", ok: Sequence[int] = (0,)) -> tuple[int, bytes]:
        """Exit status and standard output."""
        try:
            done = subprocess.run(
                ["git", *arguments],
                input=input,
                capture_output=True,
                check=False,
                env=self.environment(),
                cwd=self.folder or self.work_tree or self.git_dir,
            )
        except FileNotFoundError as error:
            raise missing(error, self.folder or self.work_tree or self.git_dir) from None
        if done.returncode not in ok:
            raise explained(arguments, done.stderr.decode("utf-8", "replace"), self.git_dir)
        return done.returncode, done.stdout

    def text(self, *arguments: str, ok: Sequence[int] = (0,)) -> str:
        """Standard output without its last line feed, undecodable bytes kept as surrogates."""
        return os.fsdecode(self.run(*arguments, ok=ok)).removesuffix("\n")

    def items(self, *arguments: str, input: bytes = b"", ok: Sequence[int] = (0,)) -> list[bytes]:
        """The entries of an output that is separated by zero bytes."""
        return [item for item in self.run(*arguments, input=input, ok=ok).split(b"\0") if item]

    def environment(self) -> dict[str, str]:
        """The environment of the child: ours without any GIT_ variable, plus what this call means."""
        env = scrubbed()
        places = {
            "GIT_DIR": self.git_dir,
            "GIT_WORK_TREE": self.work_tree,
            "GIT_INDEX_FILE": self.index,
            "GIT_OBJECT_DIRECTORY": self.objects,
        }
        env.update({name: str(place) for name, place in places.items() if place is not None})
        if self.alternates:
            quoted = (_quoted_alternate(os.fspath(place)) for place in self.alternates)
            env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(quoted)
        if self.private:
            env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        settings = [*_ALWAYS.items(), *(_PRIVATE.items() if self.private else ()), *self.config]
        env["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings):
            env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = key, value
        return env

    def with_config(self, *pairs: tuple[str, str]) -> Git:
        return replace(self, config=(*self.config, *pairs))


def scrubbed() -> dict[str, str]:
    """This process's environment without any GIT_ variable, so that a hook that calls us cannot redirect git."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return env | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _quoted_alternate(path: str) -> str:
    if not re.search(r'[:;"\n\\]', path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def together(*calls: tuple[Git, Sequence[str]]) -> list[list[bytes]]:
    """`Git.items` of several commands at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        waiting = [pool.submit(git.items, *arguments) for git, arguments in calls]
        return [future.result() for future in waiting]


def zeroed(paths: Iterable[bytes]) -> bytes:
    """Paths as `-z --stdin` wants them."""
    return b"".join(path + b"\0" for path in paths)


@functools.cache
def require_git() -> tuple[int, ...]:
    """The version of git. Raise `WorkspaceError` when there is none or it is too old."""
    try:
        said = subprocess.run(["git", "--version"], capture_output=True, check=True, env=scrubbed()).stdout.decode()
    except (OSError, subprocess.CalledProcessError) as error:
        raise missing(error) from None
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    version = tuple(int(part) for part in found.groups() if part) if found else ()
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise WorkspaceError(f"git {said.split()[-1]} is too old.", f"Install git {wanted} or newer.")
    return version


def missing(error: Exception, folder: Path | None = None) -> WorkspaceError:
    if folder is not None and not folder.is_dir():
        return WorkspaceError(f"The folder {folder} is gone.")
    why = "it is not installed, or not on PATH" if isinstance(error, FileNotFoundError) else str(error)
    return WorkspaceError(f"git cannot be run: {why}.", "Install git and make sure that it is on PATH.")


def refused(error: OSError) -> WorkspaceError:
    """What the system said, as `explained` says it of git."""
    where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorkspaceError(f"The disk is full{where}.", "Free some space and try again.")
    return WorkspaceError(f"The system refused: {error.strerror or error}{where}.", "Check the permissions there.")


def explained(arguments: Sequence[str], said: str, git_dir: Path | None) -> GitFailed:
    """What git said, turned into one sentence about what happened and one about what to do."""
    lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:"))] or said.splitlines()
    first = re.sub(r"^(fatal|error): ", "", lines[0]) if lines else "no message"
    command = next((part for part in arguments if not part.startswith("-")), "")
    problem, hint = f"git {command} failed: {first}.", ""
    if GitFailed("", detail=said).disk_full:
        problem, hint = f"The disk is full: {first}.", "Free some space and try again."
    elif re.search(r"Permission denied|Read-only file system|insufficient permission", said):
        problem, hint = f"git may not write: {first}.", "Check the permissions of the folder that is named."
    elif re.search(r"[Uu]nable to create '.*\.lock': File exists", said):
        hint = "Another git process is at work, or one crashed; if none is running, remove the lock that is named."
    elif re.search(r"index file (corrupt|smaller)|bad (index|signature)|[Bb]ad index", said):
        problem = f"The index of the repository is damaged: {first}."
        hint = f"Move {git_dir}/index away and run `git reset`; your files stay as they are."
    elif _DAMAGE.search(said):
        problem = f"The repository is damaged: {first}."
        hint = "`git fsck` says what is missing; a fresh clone or a backup has it."
    return GitFailed(problem, hint, detail=said.strip())
