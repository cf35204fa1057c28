"""Many files are read by several real processes: the same map as by one, and none of them is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autogpt.context import project as projects
from autogpt.context.project import Project
from autogpt.context.readers import Readers
from autogpt.context.store import FactStore
from autogpt.context.syntax import read_facts

FILES = {
    **{f"shop/part{n}.py": f"def price_{n}(x):\n    return total_{n + 1}(x)\n".encode() for n in range(90)},
    **{f"copies/{n}.py": b"class Same:\n    def one(self): ...\n" for n in range(9)},
    "web/app.ts": "export function größe(a: number) { return a }\n".encode(),
    "broken.py": b"def (:\n\xff\xfe",
    "zeros.py": b"\0" * 100,
    "gone.py": None,
}
SIGNS = dict.fromkeys(FILES, (0,))


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, whatever the size of the project and of the machine."""
    monkeypatch.setattr(projects, "readers_for", two)


def two(_: int) -> Readers:
    return Readers(2)


def children() -> set[int]:
    """Processes of this one that have not been waited for."""
    command = ["ps", "-o", "pid=", "--ppid", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        return {int(pid) for pid in process.stdout.read().split()} - {process.pid}


def alone() -> Project:
    project = Project()
    project.refresh(SIGNS, FILES.get)
    return project


@pytest.mark.usefixtures("several")
def test_the_map_is_the_same(tmp_path: Path) -> None:
    """With files that share their content, that no grammar can read, and that are gone before they are read."""
    before = children()
    project, store = Project(FactStore(tmp_path / "context.sqlite")), FactStore(tmp_path / "context.sqlite")
    project.refresh(SIGNS, FILES.get)
    assert children() <= before
    other = Project()
    other.refresh(SIGNS, FILES.get)
    expected = {path: read_facts(path, data) for path, data in FILES.items() if data is not None}
    for index in (project.index, other.index):
        assert index.files == {path: facts or index.files["zeros.py"] for path, facts in expected.items()}
        assert index.definers["Same"] == {f"copies/{n}.py" for n in range(9)}
    assert project.read_last == 94 and len(store.load()) == 94


def test_one_process_and_several_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    one = alone()
    monkeypatch.setattr(projects, "readers_for", two)
    many = alone()
    for table in ("files", "definers", "users", "words"):
        assert getattr(one.index, table) == getattr(many.index, table)
    assert one.read_last == many.read_last


@pytest.mark.usefixtures("several")
def test_a_reading_that_is_cancelled_ends_its_processes_and_keeps_what_it_has() -> None:
    before, calls = children(), list[int]()

    def check() -> None:
        calls.append(1)
        if len(calls) > 97:
            raise InterruptedError

    project = Project()
    with pytest.raises(InterruptedError):
        project.refresh(SIGNS, FILES.get, check)
    assert children() <= before
    project.refresh(SIGNS, FILES.get)
    assert project.index.files == alone().index.files


def test_a_process_that_fails_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed for its memory, say."""
    monkeypatch.setattr("autogpt.context.readers._START", "import sys; sys.exit(1)")
    readers = Readers(1)
    files = [(path, data) for path, data in FILES.items() if data is not None]
    try:
        assert readers.read(files).result() == [read_facts(path, data) for path, data in files]
    finally:
        readers.close()


def test_a_process_ends_with_whoever_asked() -> None:
    """Killed, too: its pipe tells."""
    code = (
        "import os, signal\nfrom autogpt.context.readers import Readers\nreaders = Readers(1)\n"
        "readers.read([('a.py', b'x = 1')]).result()\nprint(readers._started[0].pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    assert wait_until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text())


def wait_until(is_so: Callable[[], bool]) -> bool:
    import time

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def test_few_files_and_busy_machines_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting processes takes longer than reading a few hundred files, and on a busy machine they only wait."""
    free = [2]

    def choose(_: int) -> int:
        return free[0]

    monkeypatch.setattr(projects, "choose", choose)
    assert projects.readers_for(projects.WORTHWHILE - 1) is None
    readers = projects.readers_for(projects.WORTHWHILE)
    assert readers is not None and readers.count == 2
    readers.close()
    free[0] = 1
    assert projects.readers_for(10_000) is None
