"""Applying is three-way, all or nothing, and can be taken back without losing later edits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autogpt.errors import UsageError, WorkspaceError
from autogpt.git import files
from autogpt.git.apply import ApplyPlan, apply_to_files, plan_apply, revert_files
from autogpt.git.store import Store
from autogpt.models.base import Change
from tests.conftest import git
from tests.git.conftest import OpenStore, print_of

LONG = b"".join(b"line %d\n" % number for number in range(1, 41))


def changed(text: bytes, **lines: bytes) -> bytes:
    """The text with some lines replaced: `changed(LONG, _3=b"three")`."""
    parts = text.split(b"\n")
    for number, line in lines.items():
        parts[int(number[1:]) - 1] = line
    return b"\n".join(parts)


Propose = Callable[[Change], tuple[Store, str, str]]


@pytest.fixture
def propose(repo: Path, open_store: OpenStore) -> Propose:
    """A store with a base and a commit of the change."""
    (repo / "long.txt").write_bytes(LONG)

    def make(change: Change) -> tuple[Store, str, str]:
        store = open_store(repo)
        base = store.snapshot().commit
        return store, base, store.commit(base, change, "Change", {})

    return make


def now(repo: Path) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        there = files.read(repo, path)
        return there.data if there else None

    return read


def test_a_change_lands_beside_edits_made_meanwhile(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"long.txt": changed(LONG, _3=b"THREE"), "new/x.py": b"x\n", "a.py": None})
    (repo / "long.txt").write_bytes(changed(LONG, _30=b"mine"))

    plan = plan_apply(store, base, commit, current=now(repo))
    apply_to_files(store.repository, plan, repo.parent / "applied.json")

    assert not plan.conflicts and set(plan.writes) == {"long.txt", "new/x.py", "a.py"}
    assert (repo / "long.txt").read_bytes() == changed(LONG, _3=b"THREE", _30=b"mine")
    assert (repo / "new" / "x.py").read_bytes() == b"x\n" and not (repo / "a.py").exists()


def test_with_a_conflict_nothing_is_written_and_its_line_is_named(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"long.txt": changed(LONG, _3=b"THREE"), "a.py": b"x\n"})
    (repo / "long.txt").write_bytes(b"above\n" + changed(LONG, _3=b"drei"))
    before = print_of(repo)

    plan = plan_apply(store, base, commit, current=now(repo))
    apply_to_files(store.repository, plan, repo.parent / "applied.json")

    assert [(conflict.path, conflict.line) for conflict in plan.conflicts] == [("long.txt", 4)]
    assert print_of(repo) == before and not (repo.parent / "applied.json").exists()


@pytest.mark.parametrize(
    ("proposal", "present", "reason"),
    [
        (b"new", None, "deleted or moved"),
        (None, b"mine\n", "deletes a file that was changed"),
        (b"\0new", b"\0mine", "not text"),
    ],
)
def test_what_cannot_be_merged_says_why(
    repo: Path, propose: Propose, proposal: bytes | None, present: bytes | None, reason: str
) -> None:
    store, base, commit = propose({"a.py": proposal})

    plan = plan_apply(store, base, commit, current=lambda path: present)

    assert len(plan.conflicts) == 1 and reason in plan.conflicts[0].reason and not plan.writes


def test_a_new_file_that_somebody_else_made_is_a_conflict_unless_equal(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"n.py": b"n\n"})

    assert plan_apply(store, base, commit, current=lambda path: b"other\n").conflicts
    same = plan_apply(store, base, commit, current=lambda path: b"n\n")
    assert not same.conflicts and not same.writes


def test_files_and_hunks_choose_a_part(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"long.txt": changed(LONG, _3=b"THREE", _30=b"THIRTY"), "a.py": b"x\n"})
    hunks = store.hunks(base, commit)
    assert [(hunk.path, hunk.old_start, hunk.new_count) for hunk in hunks] == [
        ("a.py", 1, 1),
        ("long.txt", 1, 6),
        ("long.txt", 27, 7),
    ]

    one = plan_apply(store, base, commit, current=now(repo), hunks=[hunks[2].id])
    both = plan_apply(store, base, commit, current=now(repo), hunks=[hunks[1].id, hunks[2].id])
    file = plan_apply(store, base, commit, current=now(repo), files=["a.py"])

    assert one.writes == {"long.txt": changed(LONG, _30=b"THIRTY")}
    assert both.writes == {"long.txt": changed(LONG, _3=b"THREE", _30=b"THIRTY")}
    assert file.writes == {"a.py": b"x\n"}
    with pytest.raises(UsageError, match="no hunk"):
        plan_apply(store, base, commit, current=now(repo), hunks=["nonsense"])


def test_a_hunk_keeps_its_name_when_others_come_and_go(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"long.txt": changed(LONG, _30=b"THIRTY")})
    again = store.commit(base, {"long.txt": b"top\n" + changed(LONG, _30=b"THIRTY")}, "More", {})

    alone = {hunk.id for hunk in store.hunks(base, commit)}
    assert len(alone) == 1 and alone < {hunk.id for hunk in store.hunks(base, again)}


def test_hunks_without_a_last_line_feed_are_put_together_exactly(repo: Path, propose: Propose) -> None:
    (repo / "a.py").write_bytes(b"1\r\n2\n3")
    store, base, commit = propose({"a.py": b"1\r\n2\nthree"})
    (hunk,) = store.hunks(base, commit)

    plan = plan_apply(store, base, commit, current=now(repo), hunks=[hunk.id])

    assert plan.writes == {"a.py": b"1\r\n2\nthree"} and "-3" in hunk.text


def test_a_crlf_checkout_gets_crlf_back(repo: Path, propose: Propose) -> None:
    git(repo, "config", "core.autocrlf", "true")
    text = LONG.replace(b"\n", b"\r\n")
    (repo / "a.py").write_bytes(text)
    store, base, commit = propose({"a.py": text.replace(b"line 3\r", b"THREE\r")})
    (repo / "a.py").write_bytes(text.replace(b"line 30\r", b"mine\r"))

    plan = plan_apply(store, base, commit, current=now(repo))

    assert plan.writes == {"a.py": text.replace(b"line 30\r", b"mine\r").replace(b"line 3\r", b"THREE\r")}


def test_line_endings_that_changed_meanwhile_are_kept(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"long.txt": changed(LONG, _3=b"THREE")})
    (repo / "long.txt").write_bytes(LONG.replace(b"\n", b"\r\n"))

    plan = plan_apply(store, base, commit, current=now(repo))

    assert plan.writes == {"long.txt": changed(LONG, _3=b"THREE").replace(b"\n", b"\r\n")}


def applied(repo: Path, propose: Propose, change: Change) -> tuple[Store, Path]:
    store, base, commit = propose(change)
    record = repo.parent / "run" / "applied.json"
    apply_to_files(store.repository, plan_apply(store, base, commit, current=now(repo)), record)
    return store, record


def test_reverting_gives_every_byte_and_mode_back(repo: Path, propose: Propose) -> None:
    (repo / "tool").write_bytes(b"#!/bin/sh\n")
    (repo / "tool").chmod(0o750)
    before = print_of(repo) | dict(_print_of_long(repo))
    store, record = applied(repo, propose, {"a.py": None, "tool": b"x", "n.py": b"n\n", "long.txt": b"short"})
    assert (repo / "tool").stat().st_mode & 0o777 == 0o750

    reverted = revert_files(store.repository, record)

    assert reverted.restored == ("a.py", "long.txt", "n.py", "tool") and not reverted.conflicts
    assert print_of(repo) == before and not record.exists()


def _print_of_long(repo: Path) -> dict[str, str]:
    return {path: facts for path, facts in print_of(repo).items() if path == "long.txt"}


def test_reverting_keeps_later_edits_and_says_where_it_cannot(repo: Path, propose: Propose) -> None:
    store, record = applied(repo, propose, {"long.txt": changed(LONG, _3=b"THREE"), "a.py": b"applied\n"})
    (repo / "long.txt").write_bytes(changed(LONG, _3=b"THREE", _30=b"later"))
    (repo / "a.py").write_bytes(b"applied, then edited\n")

    reverted = revert_files(store.repository, record)

    assert reverted.restored == ("long.txt",) and [conflict.path for conflict in reverted.conflicts] == ["a.py"]
    assert (repo / "long.txt").read_bytes() == changed(LONG, _30=b"later")
    assert (repo / "a.py").read_bytes() == b"applied, then edited\n" and record.exists()


def test_two_parts_applied_one_after_the_other_revert_together(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"a.py": b"x\n", "pkg/b.py": b"y\n"})
    before, record = print_of(repo), repo.parent / "applied.json"
    for name in ("a.py", "pkg/b.py"):
        apply_to_files(store.repository, plan_apply(store, base, commit, current=now(repo), files=[name]), record)

    revert_files(store.repository, record)

    assert print_of(repo) == before


def test_a_file_that_changes_between_plan_and_write_is_not_overwritten(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"a.py": b"x\n", "pkg/b.py": b"y\n"})
    plan = plan_apply(store, base, commit, current=now(repo))
    (repo / "pkg" / "b.py").write_bytes(b"typed just now\n")
    before = print_of(repo)

    with pytest.raises(WorkspaceError, match="changed just now"):
        apply_to_files(store.repository, plan, repo.parent / "applied.json")
    assert print_of(repo) == before


def test_a_write_that_fails_halfway_leaves_everything_as_before(repo: Path, propose: Propose) -> None:
    store, base, commit = propose({"a.py": b"x\n", "pkg/b.py": b"y\n", "z/new.py": b"z\n"})
    plan = plan_apply(store, base, commit, current=now(repo))
    (repo / "z").write_bytes(b"a file where a folder is needed")
    before = print_of(repo)

    with pytest.raises(WorkspaceError, match="Nothing was written"):
        apply_to_files(store.repository, plan, repo.parent / "applied.json")
    assert print_of(repo) == before and not list(repo.rglob(files.TEMPORARY + "*"))


def test_a_link_is_not_written_through(repo: Path, propose: Propose, tmp_path: Path) -> None:
    store, base, commit = propose({"a.py": b"x\n", "pkg/b.py": b"y\n"})
    (tmp_path / "victim").write_bytes((repo / "a.py").read_bytes())
    (repo / "a.py").unlink()
    (repo / "a.py").symlink_to(tmp_path / "victim")

    followed = plan_apply(store, base, commit, current=lambda path: (repo / path).read_bytes())
    with pytest.raises((WorkspaceError, UsageError)):
        apply_to_files(store.repository, followed, repo.parent / "applied.json")
    assert (tmp_path / "victim").read_bytes() == b"one = 1\ntwo = 2\nthree = 3\n"


KILLED = """
import os, signal, sys
from pathlib import Path
from autogpt.git import files
from autogpt.git.apply import ApplyPlan, apply_to_files
from autogpt.git.repository import discover

left, place = int(sys.argv[2]), files.place
def place_and_die(*arguments):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    place(*arguments)
files.place = place_and_die
repo = Path(sys.argv[1])
names = ("a.py", "new.py", "pkg/b.py")
before = {name: (repo / name).read_bytes() if (repo / name).exists() else None for name in names}
record = discover(repo).state / "runs" / "1f" / "applied.json"
apply_to_files(discover(repo), ApplyPlan({name: b"x" for name in names}, before=before), record)
"""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_kill_between_two_files_is_undone_at_the_next_start(repo: Path, open_store: OpenStore, after: int) -> None:
    before = print_of(repo)
    done = subprocess.run([sys.executable, "-c", KILLED, str(repo), str(after)], capture_output=True, check=False)
    assert done.returncode == -9 and print_of(repo) != before

    store = open_store(repo)

    assert print_of(repo) == before
    assert not (store.private.state / "runs" / "1f" / "applied.json").exists()


def test_an_empty_plan_leaves_no_record(repo: Path, open_store: OpenStore) -> None:
    apply_to_files(open_store(repo).repository, ApplyPlan(), repo.parent / "applied.json")

    assert not os.path.lexists(repo.parent / "applied.json")
