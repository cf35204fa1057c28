"""The Linux sandbox: namespaces by bubblewrap, an allow-list of mounts, a throw-away layer over the scratch tree."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from autogpt.feedback.cgroup import limits_group
from autogpt.feedback.process import Launch, Pipe
from autogpt.feedback.sandbox import Ready, Stage, disk_watch, limited, private_folder

HOME = "/home/sandbox"
OUT = "/run/out"
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC = (
    "alternatives", "ca-certificates", "crypto-policies", "fonts", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "localtime", "magic", "mime.types", "pki", "protocols", "services", "ssl", "terminfo", "timezone",
)  # fmt: skip
"""What of /etc programs need to start; nothing that holds a secret."""

MEMORY = (("/tmp", 512 << 20, "1777"), (HOME, 256 << 20, "0700"), ("/run", 16 << 20, "0700"),
          ("/dev/shm", 256 << 20, "1777"))  # fmt: skip
"""Folders in memory: path, bytes, mode."""
TRIAL_SECONDS = 60.0
"""For a trial of a fence, which takes a tenth of a second: a busy machine is no reason to do without it."""
ASIDE = "/autogpt"
"""Where a warm parent finds what its runs are made from; `warm_fence.py` knows it too."""

LAYER = """\
set -e
mount -t tmpfs -o size="$2",mode=700 autogpt "$1"
place=$1 options=$3 count=
shift 3
while [ "$1" != -- ]; do
  layer=$place$count
  mkdir -p "$layer/upper" "$layer/work" "$layer/tree"
  mount -t overlay -o "lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work$options" autogpt "$layer/tree"
  count=/$((${count#/} + 1))
  shift
done
shift
exec "$@"
"""
"""Arguments: an empty folder, size, options, lower folders, `--`, command. Runs in a mount namespace of its own.

In the empty folder the first of them with its layer is `tree`, the others are `1/tree`, `2/tree`, …
"""


class Bubblewrap:
    """Files: the system and the interpreter read-only, the scratch tree in the workspace's place, nothing else."""

    name = "bubblewrap"
    in_place = True

    def __init__(self, state: Path) -> None:
        self._state = state
        self.layered = can_layer(str(state))
        self.description = "bubblewrap: own file system, no network, own processes, limits"

    @contextmanager
    def prepare(
        self, argv: Sequence[str], stage: Stage, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()
    ) -> Generator[Ready]:
        """The command inside its namespaces, in the workspace's own path."""
        status = Pipe()
        try:
            limits = stage.limits
            with private_folder(self._state) as own, limits_group(limits.processes, limits.memory) as join:
                _write_etc(own)
                (own / "out").mkdir()
                root = own / "layer" / "tree" if self._layers(stage) else stage.root
                inner = limited(argv, limits, processes=True)
                command = [*_bwrap(stage, own, root, status.write), "--", *inner]
                if self._layers(stage):
                    command = [*_layer(stage, own / "layer"), *command]
                command = [*join, *command]
                cwd = stage.toplevel / stage.prefix / stage.folder
                own_env = {**env, "HOME": HOME, "TMPDIR": "/tmp", "PWD": str(cwd), "AUTOGPT_OUT": OUT}
                launch = Launch(command, own, own_env, (*pass_fds, status.write), status)
                yield Ready(launch, stage.toplevel, own / "out", Path(OUT), disk_watch(own, limits.disk))
                if not self._layers(stage):
                    _remove_mount_points(stage)
        finally:
            status.close()

    @contextmanager
    def hold(
        self, argv: Sequence[str], stage: Stage, env: Mapping[str, str], skeleton: Mapping[str, bytes],
        pass_fds: tuple[int, ...] = (),
    ) -> Generator[Launch]:  # fmt: skip
        """A parent of many runs; it sees the `skeleton` (files by path) in place of the workspace, and what is lent."""
        status = Pipe()
        try:
            limits = stage.limits
            with private_folder(self._state) as own, limits_group(limits.processes, limits.memory) as join:
                _write_etc(own)
                for name, content in skeleton.items():
                    (own / "skeleton" / name).parent.mkdir(parents=True, exist_ok=True)
                    (own / "skeleton" / name).write_bytes(content)
                cwd = Path(stage.prefix, stage.folder)
                (own / "skeleton" / cwd).mkdir(parents=True, exist_ok=True)
                command = _warm_bwrap(stage, own, own / "skeleton", status.write)
                command = [*join, *command, "--", *limited(argv, limits, processes=True)]
                own_env = {**env, "HOME": HOME, "TMPDIR": "/tmp", "PWD": str(stage.toplevel / cwd), "AUTOGPT_OUT": OUT}
                yield Launch(command, own, own_env, (*pass_fds, status.write), status)
        finally:
            status.close()

    def _layers(self, stage: Stage) -> bool:
        return self.layered and not set(",:\\") & set(f"{stage.root}{stage.toplevel if stage.rebuilt else ''}")


def _bwrap(stage: Stage, own: Path, root: Path, status: int) -> list[str]:
    command = [*_namespaces(stage, status), "--cap-drop", "ALL", "--disable-userns", *_system(stage, own)]
    command += ["--bind", str(own / "out"), OUT]
    for path in stage.visible:
        command += ["--ro-bind-try", str(path), str(path)]
    command += ["--bind", str(root), str(stage.toplevel)]
    layers = {name: root.parent / str(number) / "tree" for number, name in enumerate(stage.rebuilt, 1)}
    for name in stage.borrowed:
        original = str(stage.toplevel / name)
        if name in layers and root != stage.root:
            command += ["--bind", str(layers[name]), original]
        else:
            command += ["--ro-bind-try", original, original]
    return [*command, "--remount-ro", "/", "--chdir", str(stage.toplevel / stage.prefix / stage.folder)]


def _warm_bwrap(stage: Stage, own: Path, skeleton: Path, status: int) -> list[str]:
    """As for a run, but the tree lies aside and the rights that are needed to lay it over are kept."""
    command = [*_namespaces(stage, status), "--cap-add", "ALL", *_system(stage, own), "--tmpfs", ASIDE]
    for path in stage.visible:
        command += ["--ro-bind-try", str(path), str(path)]
    for number, path in enumerate(in_memory(stage)):
        command += ["--ro-bind", str(path), f"{ASIDE}/again/{number}"]
    command += ["--bind", str(skeleton), str(stage.toplevel), "--ro-bind", str(stage.root), f"{ASIDE}/tree"]
    for number, name in enumerate(stage.borrowed):
        original = str(stage.toplevel / name)
        command += ["--ro-bind", original, original, "--ro-bind", original, f"{ASIDE}/lent/{number}"]
    return [*command, "--remount-ro", "/", "--chdir", str(stage.toplevel / stage.prefix / stage.folder)]


def in_memory(stage: Stage) -> list[Path]:
    """What is visible at places where every run of a warm parent gets an empty folder."""
    inside = (path for path in stage.visible if any(path.is_relative_to(place) for place, _, _ in MEMORY))
    return [path for path in inside if path.exists()]


def _namespaces(stage: Stage, status: int) -> list[str]:
    command = [
        "bwrap", "--json-status-fd", str(status), "--unshare-user", "--uid", str(os.getuid()),
        "--gid", str(os.getgid()), "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--hostname", "sandbox", "--die-with-parent", "--new-session",
    ]  # fmt: skip
    return command if stage.network else [*command, "--unshare-net"]


def _system(stage: Stage, own: Path) -> list[str]:
    """The mounts that do not depend on the project."""
    command: list[str] = []
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    for name in (*ETC, *(("resolv.conf",) if stage.network else ())):
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name in ("passwd", "group", "hosts", "nsswitch.conf"):
        command += ["--ro-bind", str(own / "etc" / name), f"/etc/{name}"]
    command += ["--dev", "/dev", "--proc", "/proc"]
    for path, size, mode in MEMORY:
        command += ["--perms", mode, "--size", str(size), "--tmpfs", path]
    return command


def _layer(stage: Stage, folder: Path) -> list[str]:
    folder.mkdir()
    lower = [str(stage.root), *(str(stage.toplevel / name) for name in stage.rebuilt)]
    arguments = [str(folder), str(stage.limits.disk), _layer_options(), *lower, "--"]
    return [*_unshare(), "sh", "-c", LAYER, "layer", *arguments]


def _unshare() -> list[str]:
    return ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


def _layer_options() -> str:
    """Without the rights of root, an overlay keeps its own marks in attributes of the user."""
    return "" if os.getuid() == 0 else ",userxattr"


def _write_etc(own: Path) -> None:
    """Users and hosts as far as programs ask for them: the user under the same number, and nobody else."""
    etc = own / "etc"
    etc.mkdir()
    uid, gid = os.getuid(), os.getgid()
    name = "root" if uid == 0 else _user_name(uid)
    (etc / "passwd").write_text(f"{name}:x:{uid}:{gid}::{HOME}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    (etc / "group").write_text(f"{name}:x:{gid}:\nnogroup:x:65534:\n")
    (etc / "hosts").write_text("127.0.0.1 localhost sandbox\n::1 localhost\n")
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "user"


def _remove_mount_points(stage: Stage) -> None:
    """Without a layer bubblewrap leaves the empty folders and files that it mounted something on."""
    for name in stage.borrowed:
        path = stage.root / name
        try:
            if path.is_symlink() or (path.stat().st_size and path.is_file()):
                continue
            path.rmdir() if path.is_dir() else path.unlink()
        except OSError:
            continue


@functools.cache
def why_not(state: str) -> str:
    """Why bubblewrap cannot be used here, in a sentence; empty when it can. Tried once a process."""
    del state
    if os.name != "posix" or not Path("/proc/self/ns/user").exists():
        return "bubblewrap needs Linux."
    if not shutil.which("bwrap"):
        return "bubblewrap (bwrap) is not installed."
    trial = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--cap-drop", "ALL", "--disable-userns",
             "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "true"]  # fmt: skip
    try:
        done = subprocess.run(trial, capture_output=True, timeout=TRIAL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}."
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        return f"bubblewrap does not start: {last[0]}."
    return ""


@functools.cache
def can_layer(state: str) -> bool:
    """Whether a throw-away layer can be laid over a folder here: written, deleted and made again. Tried once."""
    if not (shutil.which("unshare") and shutil.which("mount")):
        return False
    with private_folder(Path(state)) as own:
        lower, layer = own / "lower", own / "layer"
        (lower / "a").mkdir(parents=True)
        (lower / "a" / "b").write_text("old")
        layer.mkdir()
        trial = 'cd "$1/tree" && rm -r a && mkdir a && echo new >a/b && test "$(cat a/b)" = new'
        command = [*_unshare(), "sh", "-c", LAYER, "layer", str(layer), "1m", _layer_options(), str(lower), "--"]
        try:
            done = subprocess.run(
                [*command, "sh", "-c", trial, "trial", str(layer)],
                capture_output=True,
                timeout=TRIAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and (lower / "a" / "b").read_text() == "old"
