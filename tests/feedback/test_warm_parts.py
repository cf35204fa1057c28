"""What makes a run of a warm parent short: memory copied and code compiled before the run comes to it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from autogpt.feedback import place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="warm runs need Linux")


@pytest.fixture(autouse=True)
def beside_the_test_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(place.testhost_folder()))


def in_a_child(work: Callable[[], bool]) -> None:
    """The work is done in a fork, whose answer must be yes."""
    pid = os.fork()
    if pid == 0:
        code = 2
        try:
            code = 0 if work() else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def total(ranges: list[list[int]]) -> int:
    return sum(count for _, count in ranges)


def test_pages_that_a_run_wrote_to_are_copied_for_the_next_one() -> None:
    import warm_pages  # type: ignore[import-not-found]

    pages: Any = warm_pages.Pages()
    ballast = bytearray(400 * warm_pages.PAGE)
    readable, writable = os.pipe()

    def write_to_all() -> bool:
        before = total(warm_pages.written())
        ballast[:] = b"x" * len(ballast)
        ranges = warm_pages.written()
        os.write(writable, json.dumps(ranges).encode())
        return total(ranges) - before >= 390

    def find_them_copied() -> bool:
        before = total(warm_pages.written())
        pages.copy(lambda: False)
        copied = total(warm_pages.written()) - before
        return copied >= 390 and not any(ballast)

    in_a_child(write_to_all)
    os.close(writable)
    with os.fdopen(readable, "rb") as said:
        pages.learn(json.loads(said.read()))
    in_a_child(find_them_copied)


def test_what_a_run_says_of_its_pages_can_do_no_harm() -> None:
    """Addresses that are nowhere, and more than there is memory."""
    import warm_pages  # type: ignore[import-not-found]

    pages: Any = warm_pages.Pages()
    pages.learn([[0, 5], [123, 1], [1 << 46, 1 << 40]])
    in_a_child(lambda: pages.copy(lambda: False) is None)


def compiled_ahead(folder: Path, files: Mapping[str, bytes | None], ask: Callable[[Any], bool]) -> None:
    """One process compiles the files, a fork of it asks for their code."""
    import warm_ahead  # type: ignore[import-not-found]

    ahead: Any = warm_ahead.Ahead(str(folder))
    pid = os.fork()
    if pid == 0:
        try:
            ahead.compile(list(files), files.get)
        finally:
            os._exit(0)
    ahead.begin()
    try:
        assert ask(ahead)
    finally:
        os.close(ahead.readable)
        os.close(ahead.memory)
        os.waitpid(pid, 0)


def test_code_that_is_asked_for_is_waited_for(tmp_path: Path) -> None:
    files = {f"/w/module{number}.py": f"value = {number}\n".encode() for number in range(20)}

    def ask(ahead: Any) -> bool:
        path = "/w/module19.py"
        code = ahead.code(path, files[path])
        scope: dict[str, object] = {}
        exec(code, scope)  # what our own compiler made
        return isinstance(code, CodeType) and (code.co_filename, scope["value"]) == (path, 19)

    compiled_ahead(tmp_path, files, ask)


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (b"value = 1\n", b"value = 2\n"),
        (b"value = (\n", b"value = (\n"),
        (b"value = '\\d'\n", b"value = '\\d'\n"),
        (None, b"value = 1\n"),
    ],
    ids=["other bytes", "syntax error", "warning", "unreadable"],
)
def test_code_is_left_to_the_run_where_there_is_something_to_say(
    tmp_path: Path, held: bytes | None, asked: bytes
) -> None:
    compiled_ahead(tmp_path, {"/w/a.py": held}, lambda ahead: ahead.code("/w/a.py", asked) is None)


def test_a_file_that_is_not_to_come_is_not_waited_for(tmp_path: Path) -> None:
    compiled_ahead(tmp_path, {}, lambda ahead: ahead.code(str(tmp_path / "other.py"), b"") is None)
