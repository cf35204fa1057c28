"""Scratch trees: byte for byte, never stale, never outside, always removed."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.git import scratch
from autogpt.git.files import Refused
from autogpt.git.store import Store
from tests.conftest import git
from tests.git.conftest import OpenStore, print_of


def test_a_tree_lies_outside_the_working_tree_and_is_gone_afterwards(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    with store.tree(store.snapshot().raw) as tree:
        assert repo not in tree.root.parents and not (tree.root / ".git").exists()
        (tree.root / "left by a test").mkdir(mode=0o500)
        (tree.root / "pkg" / "deep").mkdir()

    assert not tree.root.exists() and not list((store.private.state / "trees").iterdir())
    Store.open(store.repository)
    assert not tree.root.parent.exists() or tree.root.parent == store.private.state / "trees"


def test_a_tree_is_removed_when_the_work_in_it_fails(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    with pytest.raises(KeyboardInterrupt), store.tree(store.snapshot().raw) as tree:
        raise KeyboardInterrupt

    assert not tree.root.exists()


def test_a_tree_on_disk_is_the_same_as_one_in_memory(
    repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(repo)
    raw = store.snapshot().raw
    with store.tree(raw) as first:
        in_memory = print_of(first.root)
    monkeypatch.setattr(scratch, "_MEMORY", Path("/nowhere"))
    with store.tree(raw) as second:
        assert store.private.state in second.root.parents
        assert print_of(second.root) == in_memory


def test_the_workspace_of_a_tree_is_the_subfolder(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo / "pkg")
    with store.tree(store.snapshot().raw) as tree, tree.lay({"b.py": b"laid\n", "c/d.py": b"new\n"}):
        assert tree.workspace == tree.root / "pkg"
        assert (tree.root / "pkg" / "b.py").read_bytes() == b"laid\n"
        assert (tree.root / "pkg" / "c" / "d.py").exists() and (tree.root / "a.py").exists()


def test_laying_is_undone_and_may_be_nested(repo: Path, open_store: OpenStore) -> None:
    (repo / "tool").write_bytes(b"#!/bin/sh\n")
    (repo / "tool").chmod(0o755)
    store = open_store(repo)
    with store.tree(store.snapshot().raw) as tree:
        before = print_of(tree.root)
        with tree.lay({"a.py": b"1\n", "x/y/z.py": b"new\n", "tool": b"#!/bin/sh\ntrue\n"}):
            middle = print_of(tree.root)
            assert os.access(tree.root / "tool", os.X_OK)
            with tree.lay({"a.py": None, "x/y/z.py": b"newer\n", "pkg/b.py": b"2\n"}):
                assert not (tree.root / "a.py").exists()
            assert print_of(tree.root) == middle
        assert print_of(tree.root) == before and not (tree.root / "x").exists()


def test_bytecode_never_answers_for_another_text(repo: Path, open_store: OpenStore) -> None:
    """Python knows a `.pyc` by size and whole second; candidates have the same size and come many a second."""
    store = open_store(repo)
    script = "import m; print(m.value)"
    (repo / "m.py").write_bytes(b"value = 0\n")
    with store.tree(store.snapshot().raw) as tree:

        def value() -> str:
            py_compile.compile(str(tree.workspace / "m.py"))
            done = subprocess.run([sys.executable, "-c", script], cwd=tree.workspace, capture_output=True, check=True)
            return done.stdout.decode().strip()

        seen = [value()]
        for number in (1, 2):
            with tree.lay({"m.py": b"value = %d\n" % number}):
                done = subprocess.run(
                    [sys.executable, "-c", script], cwd=tree.workspace, capture_output=True, check=True
                )
                seen += [done.stdout.decode().strip(), value()]
            done = subprocess.run([sys.executable, "-c", script], cwd=tree.workspace, capture_output=True, check=True)
            seen.append(done.stdout.decode().strip())

    assert seen == ["0", "1", "1", "0", "2", "2", "0"]


def test_each_write_has_a_second_of_its_own(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    times: list[float] = []
    with store.tree(store.snapshot().raw) as tree:
        place = tree.root / "a.py"
        times.append(place.stat().st_mtime)
        for _ in range(3):
            with tree.lay({"a.py": b"x"}):
                times.append(place.stat().st_mtime)
            times.append(place.stat().st_mtime)

    seconds = [int(time) for time in times]
    assert seconds == sorted(set(seconds))


OUTSIDE = ["../x", "/etc/x", "a/../../x", "", ".", "a//b", "./a", "x\0y", "C:\\x"]
OF_GIT = [".git/config", ".GIT/hooks/x", "sub/.git/x", ".git", "git~1/x", ".git /x", ".git./x", ".g\u200cit/config"]


@pytest.mark.parametrize("path", [*OUTSIDE, *OF_GIT, "\\.git\\config", ".git::$INDEX_ALLOCATION/x"])
def test_paths_outside_or_of_git_are_refused_everywhere(repo: Path, open_store: OpenStore, path: str) -> None:
    store = open_store(repo)
    taken = store.snapshot()
    with store.tree(taken.raw) as tree:
        before = print_of(tree.root)
        with pytest.raises(Refused), tree.lay({"a.py": b"x", path: b"x"}):
            pass
        assert print_of(tree.root) == before
    with pytest.raises(Refused):
        store.commit(taken.commit, {path: b"x"}, "Change", {})


def test_links_are_never_followed_nor_retargeted(repo: Path, open_store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (repo / "out").symlink_to(tmp_path / "victim")
    (repo / "alias").symlink_to("a.py")
    store = open_store(repo)
    taken = store.snapshot()
    with store.tree(taken.raw) as tree:
        for change in ({"out/x": b"x"}, {"alias": b"x"}, {"out": b"x"}):
            with pytest.raises(Refused), tree.lay(change):
                pass
            with pytest.raises(Refused):
                store.commit(taken.commit, change, "Change", {})
        with tree.lay({"alias": None, "out": os.fsencode(tmp_path / "victim")}):
            assert not os.path.lexists(tree.root / "alias") and (tree.root / "out").is_symlink()
        assert (tree.root / "alias").is_symlink()

    assert not list((tmp_path / "victim").iterdir())


def test_a_link_that_a_test_planted_is_not_followed(repo: Path, open_store: OpenStore, tmp_path: Path) -> None:
    """What runs in the tree may swap a folder for a link; restoring must not write through it."""
    (tmp_path / "victim").mkdir()
    store = open_store(repo)
    with store.tree(store.snapshot().raw) as tree, pytest.raises(Refused), tree.lay({"pkg/b.py": b"x"}):
        (tree.root / "pkg" / "b.py").unlink()
        (tree.root / "pkg").rmdir()
        (tree.root / "pkg").symlink_to(tmp_path / "victim")

    assert not list((tmp_path / "victim").iterdir())


def test_trees_of_dead_processes_are_removed_and_live_ones_stay(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    raw = store.snapshot().raw
    script = (
        "import os, sys, signal; from pathlib import Path\n"
        "from autogpt.git.repository import discover; from autogpt.git.store import Store\n"
        "store = Store.open(discover(Path(sys.argv[1]))); held = store.tree(sys.argv[2]); tree = held.__enter__()\n"
        "print(tree.root, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(repo), raw], capture_output=True, check=False)
    left = Path(done.stdout.decode().strip())
    assert done.returncode == -9 and left.is_dir()

    with store.tree(raw) as alive:
        Store.open(store.repository)
        assert not left.exists() and (alive.root / "a.py").exists()


def test_git_inside_a_tree_does_not_find_the_users_repository(repo: Path, open_store: OpenStore) -> None:
    """A tool that calls git in a tree inside somebody's checkout would act on that checkout."""
    store = open_store(repo)
    with store.tree(store.snapshot().raw) as tree, pytest.raises(subprocess.CalledProcessError):
        git(tree.root, "rev-parse", "--git-dir")
