"""The base of a run is exactly what the person sees, in repositories of every awkward kind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from autogpt.errors import WorkspaceError
from autogpt.git import snapshot
from autogpt.task import UnsavedText
from tests.conftest import git
from tests.git.conftest import OpenStore, print_of, raw_files


def test_a_clean_checkout_is_head_itself(repo: Path, open_store: OpenStore) -> None:
    taken = open_store(repo).snapshot()

    assert taken.commit == taken.raw == taken.head == git(repo, "rev-parse", "HEAD").strip()


def test_staged_unstaged_untracked_and_deleted_are_all_in(repo: Path, open_store: OpenStore) -> None:
    (repo / "a.py").write_bytes(b"staged\n")
    git(repo, "add", "a.py")
    (repo / "a.py").write_bytes(b"staged, then changed\n")
    (repo / "new file.txt").write_bytes(b"untracked")
    (repo / "pkg" / "b.py").unlink()
    (repo / ".gitignore").write_bytes(b"*.log\n")
    (repo / "x.log").write_bytes(b"ignored")
    before = print_of(repo)

    store = open_store(repo)
    taken = store.snapshot()

    wanted = {"a.py": b"staged, then changed\n", "new file.txt": b"untracked", ".gitignore": b"*.log\n"}
    assert raw_files(store, taken.raw) == wanted
    assert taken.commit == taken.raw and git(repo, "rev-parse", "HEAD").strip() == taken.head
    assert print_of(repo) == before


def test_a_second_snapshot_follows_every_change(repo: Path, open_store: OpenStore) -> None:
    """The index is kept between snapshots; same size and same second must not hide a change."""
    store = open_store(repo)
    store.snapshot()
    (repo / "a.py").write_bytes(b"one = 9\ntwo = 2\nthree = 3\n")
    (repo / "n.py").write_bytes(b"n")
    second = store.snapshot()
    (repo / "a.py").write_bytes(b"one = 8\ntwo = 2\nthree = 3\n")
    (repo / "n.py").unlink()
    third = store.snapshot()

    assert store.read(second.commit, "a.py") == b"one = 9\ntwo = 2\nthree = 3\n"
    assert store.read(third.commit, "a.py") == b"one = 8\ntwo = 2\nthree = 3\n"
    assert store.read(second.commit, "n.py") == b"n" and store.read(third.commit, "n.py") is None


def test_unsaved_text_counts_and_keeps_the_encoding_of_the_file(repo: Path, open_store: OpenStore) -> None:
    (repo / "bom.txt").write_bytes(b"\xef\xbb\xbfold\r\n")
    (repo / "wide.txt").write_bytes(b"\xff\xfe" + "alt\n".encode("utf-16-le"))
    (repo / "latin.txt").write_bytes("caf\xe9\n".encode("latin-1"))
    store = open_store(repo)
    texts = {"a.py": "unsaved\n", "bom.txt": "new\r\n", "wide.txt": "neu\n", "latin.txt": "t\xe9\n", "fresh.py": "x\n"}

    taken = store.snapshot([UnsavedText(path, text) for path, text in texts.items()])

    got = {path: store.read(taken.raw, path) for path in texts}
    assert got == {
        "a.py": b"unsaved\n",
        "bom.txt": b"\xef\xbb\xbfnew\r\n",
        "wide.txt": b"\xff\xfe" + "neu\n".encode("utf-16-le"),
        "latin.txt": b"t\xe9\n",
        "fresh.py": b"x\n",
    }
    assert store.read(store.snapshot().raw, "a.py") == (repo / "a.py").read_bytes()


def test_an_unsaved_ignored_file_stays_out(repo: Path, open_store: OpenStore) -> None:
    (repo / ".gitignore").write_bytes(b".env\n")
    store = open_store(repo)

    taken = store.snapshot([UnsavedText(".env", "SECRET=1")])

    assert store.read(taken.raw, ".env") is None and taken.skipped == (".env",)


def test_a_tracked_file_that_is_ignored_is_in_and_an_untracked_one_leaves(repo: Path, open_store: OpenStore) -> None:
    (repo / "kept.log").write_bytes(b"kept")
    (repo / "secret.env").write_bytes(b"not ignored yet")
    git(repo, "add", "-f", "kept.log")
    store = open_store(repo)
    first = store.snapshot()
    (repo / ".gitignore").write_bytes(b"*.log\n*.env\n")

    second = store.snapshot()

    assert store.read(first.raw, "secret.env") == b"not ignored yet"
    assert store.read(second.raw, "secret.env") is None and store.read(second.raw, "kept.log") == b"kept"


def test_the_users_own_exclude_files_hold(repo: Path, open_store: OpenStore, tmp_path: Path) -> None:
    (repo / ".git" / "info").mkdir(exist_ok=True)
    (repo / ".git" / "info" / "exclude").write_text("private.txt\n")
    (tmp_path / "global").write_text("*.swp\n")
    git(repo, "config", "core.excludesFile", str(tmp_path / "global"))
    (repo / "private.txt").write_text("")
    (repo / "a.swp").write_text("")

    taken = open_store(repo).snapshot()

    assert taken.commit == taken.head


ODD = [b"with space", b'quo"te', b"new\nline", b"-dash", b"\xff\xfe not utf-8", "emoji \U0001f600".encode(), b"back\\s"]


def test_odd_names_come_through(repo: Path, open_store: OpenStore) -> None:
    for name in ODD:
        (repo / os.fsdecode(name)).write_bytes(name)
    git(repo, "add", "--", os.fsdecode(ODD[4]), os.fsdecode(ODD[2]))
    (repo / "dangling").symlink_to("nowhere")
    (repo / "outside").symlink_to("/etc/hostname")
    (repo / "tool").write_bytes(b"#!/bin/sh\n")
    (repo / "tool").chmod(0o755)
    store = open_store(repo)

    taken = store.snapshot()

    found = raw_files(store, taken.raw)
    assert {name: found[os.fsdecode(name)] for name in ODD} == {name: name for name in ODD}
    assert found["dangling"] == b"nowhere" and found["outside"] == b"/etc/hostname"
    with store.tree(taken.raw) as tree:
        assert os.access(tree.root / "tool", os.X_OK) and not os.access(tree.root / "a.py", os.X_OK)


def test_a_file_becomes_a_folder_a_link_and_back(repo: Path, open_store: OpenStore) -> None:
    store = open_store(repo)
    store.snapshot()
    (repo / "a.py").unlink()
    (repo / "a.py").mkdir()
    (repo / "a.py" / "x").write_bytes(b"x")
    shutil.move(repo / "pkg", repo / "moved")
    (repo / "pkg").symlink_to("moved")
    second = raw_files(store, store.snapshot().raw)
    (repo / "pkg").unlink()
    git(repo, "reset", "-q", "--hard")
    shutil.rmtree(repo / "moved")

    assert second == {"a.py/x": b"x", "moved/b.py": b"from a import one\n"}
    assert store.snapshot().commit == git(repo, "rev-parse", "HEAD").strip()


def test_a_link_to_a_folder_is_a_link(repo: Path, open_store: OpenStore) -> None:
    (repo / "alias").symlink_to("pkg")
    store = open_store(repo)

    with store.tree(store.snapshot().raw) as tree:
        assert (tree.root / "alias").readlink() == Path("pkg")


def test_large_files_are_left_out_and_said(repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MAX_FILE", 1000)
    (repo / "big.bin").write_bytes(bytes(1001))
    (repo / "a.py").write_bytes(b"#" * 1001)
    store = open_store(repo)

    taken = store.snapshot()

    assert taken.skipped == ("a.py", "big.bin")
    assert store.read(taken.raw, "a.py") is None


def test_a_flood_of_new_data_is_refused_with_advice(
    repo: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_BYTES", 5000)
    (repo / "data.bin").write_bytes(bytes(6000))

    with pytest.raises(WorkspaceError, match="new to git") as caught:
        open_store(repo).snapshot()
    assert ".gitignore" in caught.value.hint


def test_a_sparse_checkout_keeps_what_it_does_not_show(repo: Path, open_store: OpenStore) -> None:
    git(repo, "sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (repo / "pkg").exists()
    store = open_store(repo)

    taken = store.snapshot()

    assert taken.commit == taken.head and set(raw_files(store, taken.raw)) == {"a.py"}


def test_index_formats_are_all_read(repo: Path, open_store: OpenStore) -> None:
    """Split and sparse indexes and version 4 are what large repositories have."""
    git(repo, "update-index", "--split-index", "--index-version", "4")
    (repo / "a.py").write_bytes(b"changed\n")
    before = print_of(repo)
    store = open_store(repo)

    taken = store.snapshot()

    assert set(raw_files(store, taken.raw)) == {"a.py", "pkg/b.py"}
    assert print_of(repo) == before


def test_a_folder_without_git_is_left_untouched(tmp_path: Path, open_store: OpenStore) -> None:
    folder = tmp_path / "plain"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "node_modules" / "x.js").write_bytes(b"")
    (folder / "a.py").write_bytes(b"a\r\n")
    before = print_of(folder)
    store = open_store(folder)

    taken = store.snapshot()

    assert raw_files(store, taken.raw) == {"a.py": b"a\r\n"} and taken.head == ""
    assert print_of(folder) == before


def test_a_repository_without_a_commit_works(tmp_path: Path, open_store: OpenStore) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_bytes(b"a\n")
    git(tmp_path, "add", "a.py")
    (tmp_path / "b.py").write_bytes(b"b\n")
    store = open_store(tmp_path)

    taken = store.snapshot()
    commit = store.commit(taken.commit, {"b.py": b"c\n"}, "Change b", {})
    store.publish("autogpt/x-1", commit, None)

    assert taken.head == "" and set(raw_files(store, taken.raw)) == {"a.py", "b.py"}
    assert git(tmp_path, "show", "autogpt/x-1:b.py") == "c\n"


def test_a_merge_with_conflicts_is_seen_as_the_files_are(repo: Path, open_store: OpenStore) -> None:
    git(repo, "checkout", "-q", "-b", "other")
    (repo / "a.py").write_bytes(b"theirs\n")
    git(repo, "commit", "-qam", "Theirs")
    git(repo, "checkout", "-q", "main")
    (repo / "a.py").write_bytes(b"ours\n")
    git(repo, "commit", "-qam", "Ours")
    with pytest.raises(Exception, match="merge"):
        git(repo, "merge", "other")
    (repo / ".git" / "index.lock").write_bytes(b"")
    before = print_of(repo)
    store = open_store(repo)

    taken = store.snapshot()

    assert store.read(taken.raw, "a.py") == (repo / "a.py").read_bytes()
    assert taken.unmerged == ("a.py",)
    assert b"<<<<<<<" in (repo / "a.py").read_bytes() and print_of(repo) == before


def test_a_detached_head_and_a_linked_worktree_have_their_own_base(
    repo: Path, open_store: OpenStore, tmp_path: Path
) -> None:
    git(repo, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.py").write_bytes(b"linked\n")
    before = print_of(repo)
    store = open_store(tmp_path / "linked")

    taken = store.snapshot()
    commit = store.commit(taken.commit, {"a.py": b"linked, changed\n"}, "Change", {})
    store.publish("autogpt/x-1", commit, None)

    assert store.read(taken.raw, "a.py") == b"linked\n"
    assert git(repo, "show", "autogpt/x-1:a.py") == "linked, changed\n" and print_of(repo) == before


def test_what_the_user_prunes_is_still_there(repo: Path, open_store: OpenStore) -> None:
    """A staged blob lies in the user's store alone; their next clean-up may drop it while the run goes on."""
    (repo / "a.py").write_bytes(b"staged for a moment\n")
    git(repo, "add", "a.py")
    store = open_store(repo)
    taken = store.snapshot()
    (repo / "a.py").write_bytes(b"something else\n")
    git(repo, "add", "a.py")
    git(repo, "gc", "-q", "--prune=now")

    assert raw_files(store, taken.raw)["a.py"] == b"staged for a moment\n"


def test_a_kept_index_that_stands_on_pruned_objects_is_made_anew(repo: Path, open_store: OpenStore) -> None:
    (repo / "a.py").write_bytes(b"staged\n")
    git(repo, "add", "a.py")
    store = open_store(repo)
    store.snapshot()
    shutil.rmtree(store.private.folder / "objects" / "pack", ignore_errors=True)
    (store.private.folder / "objects" / "pack").mkdir()
    git(repo, "reset", "-q")
    git(repo, "gc", "-q", "--prune=now")

    assert raw_files(store, store.snapshot().raw)["a.py"] == b"staged\n"


def test_a_damaged_repository_is_said_in_one_line(repo: Path, open_store: OpenStore) -> None:
    tree = git(repo, "rev-parse", "HEAD^{tree}").strip()
    (repo / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(WorkspaceError, match="damaged") as caught:
        open_store(repo).snapshot()
    assert "git fsck" in caught.value.hint and "\n" not in caught.value.sentence()


def test_a_damaged_index_is_said_in_one_line(repo: Path, open_store: OpenStore) -> None:
    (repo / ".git" / "index").write_bytes(b"DIRC but not really")

    with pytest.raises(WorkspaceError, match="index") as caught:
        open_store(repo).snapshot()
    assert "git reset" in caught.value.hint


def test_a_sha256_repository_works(tmp_path: Path, open_store: OpenStore) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.py").write_bytes(b"a\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    (tmp_path / "a.py").write_bytes(b"b\n")
    store = open_store(tmp_path)

    commit = store.commit(store.snapshot().commit, {"a.py": b"c\n"}, "Change", {})
    store.publish("autogpt/x-1", commit, None)

    assert git(tmp_path, "show", "autogpt/x-1:a.py") == "c\n"
