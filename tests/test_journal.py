"""A journal is all that is left after a crash; it must be readable whatever happened to its last line."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from autogpt import journal
from autogpt.errors import UsageError, WorkspaceError
from autogpt.events import Noted, PhaseStarted, RunEnded, RunStarted
from autogpt.result import Result
from autogpt.task import Task


def start(workspace: Path, run: str) -> journal.Journal:
    log = journal.Journal(workspace, run)
    log.write(RunStarted(run, Task("fix", str(workspace)), "builtin", "b" * 40, "autogpt/fix-" + run, "0"))
    return log


def test_a_run_without_an_end_is_interrupted_once_its_writer_is_gone(tmp_path: Path) -> None:
    log = start(tmp_path, "aa11")
    assert journal.list_runs(tmp_path)[0].status == "running"
    log.close()
    assert journal.list_runs(tmp_path)[0].status == "interrupted"


def test_an_ended_run_keeps_its_result(tmp_path: Path) -> None:
    with start(tmp_path, "aa11") as log:
        log.write(RunEnded(Result("aa11", "verified", "1 test fixed", branch="autogpt/x", iterations=2)))
    state = journal.list_runs(tmp_path)[0]
    assert (state.status, state.branch, state.iteration) == ("verified", "autogpt/x", 2)


def test_a_torn_last_line_is_passed_over_and_writing_goes_on(tmp_path: Path) -> None:
    with start(tmp_path, "aa11") as log:
        log.write(PhaseStarted("understand"))
    path = log.folder / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    with journal.Journal(tmp_path, "aa11") as again:
        again.write(Noted("on we go"))

    events = [record.event for record in journal.read(log.folder)]
    assert isinstance(events[0], RunStarted) and events[-1] == Noted("on we go")


def test_two_writers_of_one_run_are_refused(tmp_path: Path) -> None:
    with start(tmp_path, "aa11"), pytest.raises(UsageError, match="still at work"):
        journal.Journal(tmp_path, "aa11")


def test_who_looks_at_a_run_is_not_taken_for_who_works_on_it(tmp_path: Path) -> None:
    """Windows and terminals list runs while one of them is resumed: to look is to try the lock, for a moment."""
    log, told = start(tmp_path, "aa11"), list[object]()
    log.close()
    looker = threading.Thread(target=lambda: told.append(journal.is_alive(log.folder)))
    writer = threading.Thread(target=lambda: told.append(start(tmp_path, "aa11").close()))

    for other in (looker, writer):
        with FileLock(log.folder / "looking.lock"), FileLock(log.folder / "alive.lock"):
            other.start()
            other.join(0.2)  # long enough for one that would not wait
        other.join()

    assert told == [False, None]


def test_a_run_is_found_by_the_beginning_of_its_id_or_as_the_last(tmp_path: Path) -> None:
    for run in ("aa11", "ab22"):
        start(tmp_path, run).close()
    assert journal.find_run(tmp_path, "ab").name == "ab22"
    assert journal.find_run(tmp_path, "last").name in ("aa11", "ab22")
    with pytest.raises(UsageError, match="Several runs begin with `a`"):
        journal.find_run(tmp_path, "a")
    with pytest.raises(UsageError, match="There is no run `zz` here"):
        journal.find_run(tmp_path, "zz")
    with pytest.raises(UsageError, match="There is no run"):
        journal.find_run(tmp_path, "../../etc")


def test_a_full_disk_is_said_once_and_the_run_can_be_told_to_its_end(tmp_path: Path) -> None:
    """The limit on the size of files stands in for the end of the disk: both fail the write."""
    with start(tmp_path, "aa11") as log:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((log.folder / "events.jsonl").stat().st_size, before[1]))
        try:
            with pytest.raises(WorkspaceError, match="cannot be written: File too large"):
                log.write(Noted("first"))
            assert log.write(Noted("second")).event == Noted("second")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
