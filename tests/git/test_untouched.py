"""Whatever the repository, whatever the moment of death: all of the user's is byte for byte as it was."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autogpt.errors import WorkspaceError
from autogpt.git.repository import discover
from autogpt.git.store import Store
from tests.conftest import GIT_IDENTITY, git
from tests.git.conftest import files_below, print_of
from tests.git.flow import BRANCH, passage

ROOT = Path(__file__).parents[2]

NAMES = ["a.py", "pkg/b.py", "pkg/deep/c.txt", "with space.txt", 'qu"ote', "new\nline", "-dash", "\udce9.bin", "ä.py"]
TEXTS = [
    b"",
    b"one\ntwo\n",
    b"one\r\ntwo\r\n",
    b"mixed\r\nends\n",
    b"no end",
    b"\xef\xbb\xbfbom\n",
    b"\xff\xfea\0\n\0",
    b"caf\xe9\n",
    b"\0\1\2",
    b"$Id$\n",
]
ATTRIBUTES = [
    b"",
    b"* text=auto\n",
    b"*.py text eol=crlf\n",
    b"*.txt filter=marked\n",
    b"*.py ident\n* text=auto eol=lf\n",
]
STATES = ["clean", "detached", "merging", "rebasing", "no commit", "index.lock", "stash", "worktree", "hooks"]
FLAGS = ["", "--skip-worktree", "--assume-unchanged"]


@dataclass(frozen=True)
class Edit:
    """One thing that a person did after the last commit."""

    kind: str
    name: str
    text: bytes
    stage: bool
    flag: str


EDITS = st.builds(
    Edit,
    kind=st.sampled_from(["write", "delete", "program", "link", "ignore"]),
    name=st.sampled_from(NAMES),
    text=st.sampled_from(TEXTS),
    stage=st.booleans(),
    flag=st.sampled_from(FLAGS),
)


@dataclass(frozen=True)
class World:
    committed: dict[str, bytes]
    attributes: bytes
    autocrlf: str
    state: str
    edits: tuple[Edit, ...]
    subfolder: bool


WORLDS = st.builds(
    World,
    committed=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), min_size=1, max_size=5),
    attributes=st.sampled_from(ATTRIBUTES),
    autocrlf=st.sampled_from(["false", "input", "true"]),
    state=st.sampled_from(STATES),
    edits=st.lists(EDITS, max_size=5).map(tuple),
    subfolder=st.booleans(),
)


def put(folder: Path, name: str, text: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    path.write_bytes(text)
    return path


def build(world: World, folder: Path) -> Path:
    """Make the repository; the workspace in it is returned."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "core.autocrlf", world.autocrlf)
    git(folder, "config", "core.safecrlf", "false")
    git(folder, "config", "filter.marked.clean", f"touch '{folder.parent}/filter ran'; cat")
    for name, text in world.committed.items():
        put(folder, name, text)
    put(folder, ".gitattributes", world.attributes)
    put(folder, "sub/s.py", b"s = 1\n")
    git(folder, "add", "-A")
    if world.state != "no commit":
        git(folder, "commit", "-q", "-m", "Begin")
        enter(world.state, folder)
    for edit in world.edits:
        make(edit, folder)
    (folder.parent / "filter ran").unlink(missing_ok=True)
    return folder / "sub" if world.subfolder else folder


def enter(state: str, folder: Path) -> None:
    """Bring the repository into a state of work in progress."""
    if state == "detached":
        git(folder, "checkout", "-q", "--detach")
    elif state == "index.lock":
        put(folder, ".git/index.lock", b"")
    elif state == "stash":
        put(folder, "stashed.txt", b"kept\n")
        git(folder, "stash", "push", "-q", "-u")
    elif state == "worktree":
        git(folder, "worktree", "add", "-q", str(folder.parent / "other"))
    elif state == "hooks":
        for name in ("pre-commit", "post-checkout", "reference-transaction", "post-index-change", "fsmonitor"):
            put(folder, f".git/hooks/{name}", f"#!/bin/sh\ntouch '{folder.parent}/filter ran'\n".encode()).chmod(0o755)
        git(folder, "config", "core.fsmonitor", ".git/hooks/fsmonitor")
    elif state in ("merging", "rebasing"):
        git(folder, "checkout", "-q", "-b", "other")
        put(folder, "sub/s.py", b"s = 2\n")
        git(folder, "commit", "-qam", "Other")
        git(folder, "checkout", "-q", "main")
        put(folder, "sub/s.py", b"s = 3\n")
        git(folder, "commit", "-qam", "Main")
        with pytest.raises(subprocess.CalledProcessError):
            git(folder, *(["merge", "other"] if state == "merging" else ["rebase", "other"]))


def make(edit: Edit, folder: Path) -> None:
    path = folder / edit.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if edit.kind == "write":
        put(folder, edit.name, edit.text)
    elif edit.kind == "program":
        put(folder, edit.name, edit.text).chmod(0o755)
    elif edit.kind == "link":
        path.unlink(missing_ok=True)
        path.symlink_to("nowhere/at all")
    elif edit.kind == "delete":
        path.unlink(missing_ok=True)
    else:
        put(folder, ".gitignore", b"*.bin\nwith space.txt\n")
    options = ["git", *(["-c", "core.fsmonitor=false"])]
    if edit.stage:
        subprocess.run([*options, "add", "-A"], cwd=folder, capture_output=True, check=False)
    if edit.flag:
        command = [*options, "update-index", edit.flag, "--", edit.name]
        subprocess.run(command, cwd=folder, capture_output=True, check=False)


def whole_print(folder: Path) -> dict[str, str]:
    """Of the repository, and of all beside it: other worktrees, and what a filter or hook would leave."""
    beside = {f"../{name}": facts for name, facts in files_below(folder.parent) if not name.startswith(folder.name)}
    return print_of(folder) | beside


def visible(folder: Path) -> dict[str, bytes]:
    """Working files that git does not ignore, read without git's help."""
    said = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
        cwd=folder, env={**os.environ, **GIT_IDENTITY, "GIT_OPTIONAL_LOCKS": "0"}, capture_output=True, check=True,
    )  # fmt: skip
    names = {os.fsdecode(name) for name in said.stdout.split(b"\0") if name}
    paths = {name: folder / name for name in names if os.path.lexists(folder / name)}
    return {n: os.fsencode(p.readlink()) if p.is_symlink() else p.read_bytes() for n, p in paths.items()}


@contextmanager
def world_at(world: World) -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGPT_STATE_HOME", f"{place}/state")
        folder = Path(os.path.realpath(place)) / "beside" / "repo"
        folder.mkdir(parents=True)
        yield folder, build(world, folder)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORLDS)
def test_a_passage_changes_nothing_of_the_users(world: World) -> None:
    """Random repositories in random states: checkout, index, HEAD, refs, stash, config, hooks are identical."""
    with world_at(world) as (folder, workspace):
        before = whole_print(folder)
        passage(workspace)
        assert whole_print(folder) == before

        store = Store.open(discover(workspace))
        taken = store.snapshot()
        seen = visible(folder)
        with store.tree(taken.raw) as tree:
            names = {name for name, _ in files_below(tree.root)}
            got = {n: os.fsencode((tree.root / n).readlink()) if (tree.root / n).is_symlink()
                   else (tree.root / n).read_bytes() for n in names}  # fmt: skip
        assert got == seen, "the tree is byte for byte what the person sees"
        expected = store.branch_commit(BRANCH)
        assert expected is not None
        store.unpublish(BRANCH, expected)
        assert whole_print(folder) == before
        assert "missing" not in git(folder, "-c", "core.fsmonitor=false", "fsck", "--connectivity-only")


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORLDS, st.integers(1, 45), st.sampled_from(["before", "after"]))
def test_a_kill_at_any_call_changes_nothing_of_the_users(world: World, number: int, side: str) -> None:
    """The next start cleans up, and the same passage goes through."""
    with world_at(world) as (folder, workspace):
        before = whole_print(folder)
        died = subprocess.run(command(workspace, f"{number}:{side}"), cwd=ROOT, capture_output=True, check=False)
        assert died.returncode in (-9, 0), died.stderr.decode()
        assert whole_print(folder) == before

        passage(workspace)
        assert whole_print(folder) == before
        state = Path(os.environ["AUTOGPT_STATE_HOME"])
        left = [path for path in state.rglob("*") if path.name.startswith(("tmp-", "tree-", "seed"))]
        left += list(state.glob("workspaces/*/trees/*"))
        assert left == []


def command(workspace: Path, when: str) -> list[str]:
    return [sys.executable, "-m", "tests.git.flow", str(workspace), when]


def test_kills_at_random_times_change_nothing_of_the_users(repo: Path) -> None:
    """Between any two instructions, also inside git's own work."""
    (repo / "a.py").write_bytes(b"dirty\n")
    (repo / "new.txt").write_bytes(b"untracked\n")
    git(repo, "add", "new.txt")
    before = print_of(repo)
    chance = random.Random(7)
    deaths = 0
    for _ in range(10):
        process = subprocess.Popen(command(repo, "none"), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(0.1 + chance.random() * 0.9)
        os.killpg(process.pid, 9)
        deaths += process.wait() == -9
        assert print_of(repo) == before

    passage(repo)
    assert deaths > 0 and print_of(repo) == before
    assert git(repo, "show", f"{BRANCH}:made by the run.py") == "x = 2\n"


def test_a_full_disk_is_said_and_nothing_is_lost(repo: Path, own_state: Path) -> None:
    """The state folder is on a file system of 1 MB here."""
    small = own_state / "workspaces"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (repo / "big.bin").write_bytes(os.urandom(3_000_000))
        before = print_of(repo)
        with pytest.raises(WorkspaceError, match="disk is full") as caught:
            passage(repo)
        assert "space" in caught.value.hint and "\n" not in caught.value.sentence()
        assert print_of(repo) == before
        (repo / "big.bin").unlink()
        passage(repo)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_two_at_once_do_not_disturb_each_other(repo: Path) -> None:
    (repo / "a.py").write_bytes(b"dirty\n")
    before = print_of(repo)
    script = (
        "import sys; from pathlib import Path; from tests.git import flow; flow.BRANCH = sys.argv[2]\n"
        "[flow.passage(Path(sys.argv[1])) for _ in range(2)]"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(repo), f"autogpt/p-{number}"], cwd=ROOT, stderr=subprocess.PIPE
        )
        for number in range(3)
    ]
    said = [process.communicate()[1].decode() for process in runs]

    assert [process.returncode for process in runs] == [0, 0, 0], said
    assert print_of(repo) == before
    shutil.rmtree(repo)
