"""A change becomes a commit that merges cleanly into the user's branch and checks out right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autogpt.agent.manage import read_file
from autogpt.git.apply import apply_to_files, plan_apply
from autogpt.git.files import Refused
from autogpt.models.base import Change
from autogpt.task import UnsavedText
from tests.conftest import git
from tests.git.conftest import OpenStore


def test_a_commit_has_the_change_the_message_and_trailers_that_git_reads(repo: Path, open_store: OpenStore) -> None:
    git(repo, "config", "user.name", "Grace <Hopper>")
    git(repo, "config", "user.email", "grace@example.org")
    store = open_store(repo)
    taken = store.snapshot()
    trailers = {"Autogpt-Run": "1f", "Autogpt-Tests": "verified: 2 fixed\n\nFake: x"}

    commit = store.commit(taken.commit, {"a.py": b"new\n", "pkg/b.py": None, "c/d.py": b"d\n"}, "Fix add\n", trailers)
    store.publish("autogpt/x-1", commit, None)

    assert git(repo, "diff", "--name-status", taken.commit, commit).split() == [
        "M",
        "a.py",
        "A",
        "c/d.py",
        "D",
        "pkg/b.py",
    ]
    assert git(repo, "log", "-1", "--format=%s|%an|%ae", commit) == "Fix add|Grace Hopper|grace@example.org\n"
    read = git(repo, "log", "-1", "--format=%(trailers:only,unfold)", commit)
    assert read.strip() == "Autogpt-Run: 1f\nAutogpt-Tests: verified: 2 fixed Fake: x"
    assert git(repo, "fsck", "--strict") == ""


def test_a_change_in_a_subfolder_is_relative_to_it(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo / "pkg")
    taken = store.snapshot()

    commit = store.commit(taken.commit, {"b.py": b"new\n"}, "Change", {})

    assert store.read(commit, "b.py") == b"new\n" and store.read(commit, "a.py") is None
    assert [stat.path for stat in store.stats(taken.commit, commit)] == ["b.py"]
    assert "--- a/b.py\n+++ b/b.py\n" in store.diff(taken.commit, commit)


def test_counts_and_text_of_a_difference_are_those_of_each_by_itself(repo: Path, open_store: OpenStore) -> None:
    """One process gives both; names that git would quote, bytes that are no text and an empty difference included."""
    store = open_store(repo)
    taken = store.snapshot()
    change: Change = {"a.py": b"a\n", "pkg/b.py": None, "bin": b"\0\1", 'ü "q"\t.py': b"n\n", "-- @@ \n": b"\n\n"}
    commit = store.preview(taken.commit, change)

    files, diff = store.difference(taken.commit, commit)

    assert {stat.path for stat in files} == set(change)
    assert files == store.stats(taken.commit, commit) and diff == store.diff(taken.commit, commit)
    assert store.difference(commit, commit) == ((), "")


def test_a_preview_is_the_commit_to_be_and_nothing_keeps_it(repo: Path, open_store: OpenStore) -> None:
    """Every candidate is shown as a diff; hundreds of refs would stay behind."""
    store = open_store(repo)
    (repo / "a.py").write_bytes(b"unsaved\r\n")
    taken = store.snapshot()
    before = git(store.private.folder, "for-each-ref")
    change: Change = {"a.py": b"unsaved\r\nmore\r\n", "new/tool": b"#!/bin/sh\n"}

    preview = store.preview(taken.commit, change)

    assert git(store.private.folder, "for-each-ref") == before
    kept = store.commit(taken.commit, change, "Change", {})
    trees = [store.private.git.text("rev-parse", f"{commit}^{{tree}}") for commit in (preview, kept)]
    assert trees[0] == trees[1]
    with pytest.raises(Refused):
        store.preview(taken.commit, {".git/config": b""})


def test_the_diff_applies_with_git(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo / "pkg")
    taken = store.snapshot()
    commit = store.commit(taken.commit, {"b.py": b"no end of line", "bin": b"\0\1", "n.py": b"n\n"}, "Change", {})
    patch = repo.parent / "patch"
    patch.write_text(store.diff(taken.commit, commit))

    git(repo, "apply", "--directory=pkg", str(patch))

    assert (repo / "pkg" / "b.py").read_bytes() == b"no end of line"
    assert (repo / "pkg" / "bin").read_bytes() == b"\0\1" and (repo / "pkg" / "n.py").exists()


def test_modes_are_kept_also_over_a_deletion(repo: Path, open_store: OpenStore) -> None:
    (repo / "tool").write_bytes(b"#!/bin/sh\n")
    (repo / "tool").chmod(0o755)
    (repo / "alias").symlink_to("a.py")
    store = open_store(repo)
    taken = store.snapshot()

    first = store.commit(taken.commit, {"tool": b"#!/bin/sh\ntrue\n"}, "One", {})
    second = store.commit(first, {"tool": None, "alias": None}, "Two", {})
    fresh = open_store(repo)
    third = fresh.commit(second, {"tool": b"#!/bin/sh\n", "alias": b"a.py"}, "Three", {})

    modes = store.private.git.text("ls-tree", third, "tool", "alias").splitlines()
    assert [line.split()[0] for line in modes] == ["120000", "100755"]
    assert store.is_executable(first, "tool") and store.stats(taken.commit, third) == ()


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (b"#!/bin/sh\n", "100755"),
        (b"#! /usr/bin/env python3\nx = 1\n", "100755"),
        (b"#![no_std]\n", "100644"),
        (b"x = 1\n#!/bin/sh\n", "100644"),
        (b"", "100644"),
    ],
)
def test_a_new_script_can_be_run_in_the_tests_on_the_branch_and_when_applied(
    repo: Path, open_store: OpenStore, text: bytes, mode: str
) -> None:
    """Nobody should have to know that `./tool.sh` needs a permission that a text does not show."""
    store = open_store(repo)
    taken = store.snapshot()
    with store.tree(taken.raw) as tree, tree.lay({"new": text}):
        assert os.access(tree.root / "new", os.X_OK) == (mode == "100755")

    first = store.commit(taken.commit, {"new": b"text\n", "a.py": b"#!/bin/sh\n"}, "A text", {})
    second = store.commit(first, {"new": text}, "What it begins with decides", {})

    assert [store.private.git.text("ls-tree", second, path).split()[0] for path in ("new", "a.py")] == [mode, "100644"]
    plan = plan_apply(store, taken.commit, second, current=lambda path: read_file(repo, path), files=["new"])
    apply_to_files(store.repository, plan, repo.parent / "record.json")
    assert os.access(repo / "new", os.X_OK) == (mode == "100755")


def test_odd_names_can_be_changed(repo: Path, open_store: OpenStore) -> None:
    names = [
        "with space",
        'quo"te',
        "new\nline",
        "-dash",
        "\udcff not utf-8",
        "emoji \U0001f600",
        ":(top)x",
        "back\\s",
        "*",
    ]
    store = open_store(repo)
    taken = store.snapshot()

    commit = store.commit(taken.commit, {name: name.encode("utf-8", "surrogateescape") for name in names}, "Odd", {})

    assert {stat.path for stat in store.stats(taken.commit, commit)} == set(names)
    for name in names:
        assert store.read(commit, name) == name.encode("utf-8", "surrogateescape")
        assert store.diff(taken.commit, commit, [name]).count("diff --git") == 1


@pytest.mark.parametrize("autocrlf", ["true", "input"])
def test_a_crlf_file_is_changed_by_one_line_and_checks_out_as_it_was(
    repo: Path, open_store: OpenStore, autocrlf: str
) -> None:
    git(repo, "config", "core.autocrlf", autocrlf)
    (repo / "a.py").write_bytes(b"one = 1\r\ntwo = 2\r\nthree = 3\r\n")
    store = open_store(repo)
    taken = store.snapshot()
    assert taken.commit == taken.head

    commit = store.commit(taken.commit, {"a.py": b"one = 1\r\ntwo = 22\r\nthree = 3\r\n", "n.py": b"n\r\n"}, "Two", {})
    store.publish("autogpt/x-1", commit, None)

    assert git(repo, "diff", "--numstat", "HEAD", commit, "--", "a.py") == "1\t1\ta.py\n"
    assert git(repo, "cat-file", "blob", f"{commit}:n.py") == "n\n"
    assert store.read(commit, "a.py") == b"one = 1\r\ntwo = 22\r\nthree = 3\r\n"
    git(repo, "checkout", "-q", "-f", "autogpt/x-1")
    wanted = b"one = 1\r\ntwo = 22\r\nthree = 3\r\n" if autocrlf == "true" else b"one = 1\ntwo = 22\nthree = 3\n"
    assert (repo / "a.py").read_bytes() == wanted


def test_a_crlf_blob_under_text_auto_keeps_its_endings(repo: Path, open_store: OpenStore) -> None:
    """git leaves such files alone; normalising one would turn a change of a line into one of the whole file."""
    (repo / "a.py").write_bytes(b"one\r\ntwo\r\n")
    git(repo, "commit", "-qam", "CRLF")
    (repo / ".gitattributes").write_bytes(b"* text=auto\n")
    git(repo, "add", ".gitattributes")
    git(repo, "commit", "-qm", "Attributes")
    (repo / "pkg" / "b.py").write_bytes(b"dirty\r\n")
    store = open_store(repo)
    taken = store.snapshot()

    commit = store.commit(taken.commit, {"a.py": b"one\r\n2\r\n"}, "Two", {})

    assert store.diff(taken.commit, commit).count("\n-") == 2  # the header and one line
    assert store.raw_pair(taken.commit, commit)[0] == taken.raw


def test_undoing_gives_the_published_base_back(repo: Path, open_store: OpenStore) -> None:
    git(repo, "config", "core.autocrlf", "true")
    (repo / "a.py").write_bytes(b"one = 1\r\ntwo = 2\r\nthree = 3\r\n")
    store = open_store(repo)
    taken = store.snapshot()
    first = store.commit(taken.commit, {"a.py": b"x\r\n"}, "One", {})
    base = store.read(taken.commit, "a.py")

    second = store.commit(first, {"a.py": base}, "Undo", {})

    assert base == b"one = 1\r\ntwo = 2\r\nthree = 3\r\n" and store.stats(taken.commit, second) == ()


def test_a_utf16_file_is_published_in_the_encoding_that_git_keeps(repo: Path, open_store: OpenStore) -> None:
    (repo / ".gitattributes").write_bytes(b"*.txt working-tree-encoding=UTF-16LE-BOM eol=lf text\n")
    wide = b"\xff\xfe" + "one\ntwo\n".encode("utf-16-le")
    (repo / "w.txt").write_bytes(wide)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Wide")
    store = open_store(repo)
    taken = store.snapshot()
    assert taken.commit == taken.head and store.read(taken.raw, "w.txt") == wide

    commit = store.commit(taken.commit, {"w.txt": b"\xff\xfe" + "one\n2\n".encode("utf-16-le")}, "Two", {})
    store.publish("autogpt/x-1", commit, None)

    assert git(repo, "cat-file", "blob", f"{commit}:w.txt") == "one\n2\n"


def test_an_lfs_pointer_stays_when_its_file_was_only_touched(repo: Path, open_store: OpenStore) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 3\n"
    (repo / "big.bin").write_bytes(pointer)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Pointer")
    (repo / ".gitattributes").write_bytes(b"*.bin filter=lfs diff=lfs merge=lfs -text\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "LFS")
    for key in ("clean", "smudge", "process"):
        git(repo, "config", f"filter.lfs.{key}", "false")
    git(repo, "config", "filter.lfs.required", "true")
    (repo / "big.bin").write_bytes(b"the content itself")
    store = open_store(repo)

    taken = store.snapshot()
    commit = store.commit(taken.commit, {"a.py": b"x\n"}, "Change", {})

    assert taken.commit == taken.head and store.read(taken.raw, "big.bin") == b"the content itself"
    assert [stat.path for stat in store.stats(taken.head, commit)] == ["a.py"]


def test_a_branch_from_a_dirty_tree_merges_cleanly_once_the_rest_is_committed(
    repo: Path, open_store: OpenStore
) -> None:
    (repo / "pkg" / "b.py").write_bytes(b"dirty\n")
    store = open_store(repo)
    taken = store.snapshot([UnsavedText("note.txt", "unsaved\n")])
    commit = store.commit(taken.commit, {"a.py": b"one = 1\ntwo = 22\nthree = 3\n"}, "Two", {})
    store.publish("autogpt/x-1", commit, None)
    git(repo, "commit", "-qam", "Mine")

    git(repo, "merge", "-q", "-m", "Take it", "autogpt/x-1")

    assert (repo / "a.py").read_bytes() == b"one = 1\ntwo = 22\nthree = 3\n"
    assert (repo / "pkg" / "b.py").read_bytes() == b"dirty\n"


def test_a_submodule_is_not_changed_from_outside(repo: Path, open_store: OpenStore, tmp_path: Path) -> None:
    _with_submodule(repo, tmp_path)
    store = open_store(repo)
    taken = store.snapshot()

    for path in ("sub/x.py", "sub"):
        with pytest.raises(Refused, match="another repository"):
            store.commit(taken.commit, {path: b"x"}, "Change", {})
    commit = store.commit(taken.commit, {"a.py": b"x\n"}, "Change", {})

    assert taken.commit == taken.head
    assert [stat.path for stat in store.stats(taken.commit, commit)] == ["a.py"]


def _with_submodule(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.py").write_bytes(b"sub = 1\n")
    git(other, "init", "-q")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "Sub")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    git(repo, "commit", "-qm", "Submodule")


def test_submodules_and_nested_repositories_can_be_read_by_tests(
    repo: Path, open_store: OpenStore, tmp_path: Path
) -> None:
    _with_submodule(repo, tmp_path)
    (repo / "sub" / "x.py").write_bytes(b"sub = 2, not committed\n")
    git(repo, "init", "-q", "nested")
    (repo / "nested" / "n.py").write_bytes(b"nested\n")
    (repo / "nested" / ".gitignore").write_bytes(b"*.o\n")
    (repo / "nested" / "n.o").write_bytes(b"")
    store = open_store(repo)

    with store.tree(store.snapshot().raw) as tree:
        assert (tree.root / "sub" / "x.py").read_bytes() == b"sub = 2, not committed\n"
        assert (tree.root / "nested" / "n.py").read_bytes() == b"nested\n"
        assert not (tree.root / "nested" / "n.o").exists() and not (tree.root / "sub" / ".git").exists()
        assert set(tree.borrowed) == {"sub", "nested"}
        with pytest.raises(Refused, match="another repository"), tree.lay({"sub/x.py": b""}):
            pass
