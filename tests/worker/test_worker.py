"""The worker as a process: its line of runs, its answers, and that nothing of it outlives its control pipe."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autogpt import journal, paths
from autogpt.worker.processes import descendants
from tests.conftest import MakeProject

PATIENCE = 60.0
SLOW_TEST = """\
import time
from calc import add


def test_add():
    time.sleep(60)
    assert add(2, 3) == 5
"""
FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "test_calc.py": SLOW_TEST}


class Control:
    """The other end of the control pipe."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autogpt.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self.news: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answers: dict[Any, dict[str, Any]] = {}
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.news.put(json.loads(line))

    def write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, method: str, params: Any = None) -> dict[str, Any]:
        """The whole answer, a result or an error."""
        self._number += 1
        number = self._number
        self.write(json.dumps({"id": number, "method": method, "params": params}).encode())
        return self.wait(lambda m: m.get("id") == number)

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self.news.get(timeout=PATIENCE)
            if wanted(message):
                return message

    def start(self, run: str, root: Path, **task: Any) -> dict[str, Any]:
        return self.ask("start", {"run": run, "task": {"kind": "fix", "workspace": str(root), **task}, "options": {}})

    def end(self, route: str) -> None:
        """Let the process end, by the end of its input or by a signal."""
        if route.startswith("SIG"):
            self.process.send_signal(getattr(signal, route))
        else:
            assert self.process.stdin is not None
            self.process.stdin.close()
        self.process.wait(PATIENCE)

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None and self.process.stderr is not None
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


@pytest.fixture
def worker() -> Iterator[Control]:
    control = Control()
    yield control
    control.close()


def event(name: str, run: str) -> Callable[[dict[str, Any]], bool]:
    return lambda m: m.get("method") == "event" and m["params"]["event"] == name and m["params"]["run"] == run


def test_runs_beyond_the_limit_wait_and_the_line_has_an_end(worker: Control, make_project: MakeProject) -> None:
    """Ten impatient clicks must not become ten test suites at once."""
    root = make_project(FILES)
    worker.ask("hello", {"max_runs": 1, "max_queued": 1})
    worker.start("aaaaaaaa", root)

    assert worker.start("bbbbbbbb", root)["result"] == {"run": "bbbbbbbb"}
    assert worker.start("cccccccc", root)["error"]["kind"] == "busy"
    assert worker.start("aaaaaaaa", root)["error"]["kind"] == "usage"
    worker.write(b'{"id": "c", "method": "cancel", "params": {"run": "bbbbbbbb"}}')
    assert worker.wait(event("RunEnded", "bbbbbbbb"))["params"]["result"]["status"] == "cancelled"
    assert {run.run: run.status for run in journal.list_runs(root)}["bbbbbbbb"] == "cancelled"


def test_a_waiting_run_begins_when_the_one_before_it_ends(worker: Control, make_project: MakeProject) -> None:
    root = make_project(FILES)
    worker.ask("hello", {"max_runs": 1})
    worker.start("aaaaaaaa", root)
    worker.start("bbbbbbbb", root)

    worker.ask("cancel", {"run": "aaaaaaaa"})

    worker.wait(event("RunStarted", "bbbbbbbb"))


@pytest.mark.parametrize("route", ["end of input", "SIGKILL"])
def test_a_run_that_waited_is_on_record_and_goes_on_as_it_was_asked_for(
    worker: Control, make_project: MakeProject, route: str
) -> None:
    """The answer to the person was a run; that it had not begun when the editor closed is no reason to forget it."""
    root = make_project(FILES)
    worker.ask("hello", {"max_runs": 1})
    worker.start("aaaaaaaa", root)
    task = {"kind": "fix", "workspace": str(root), "unsaved": [{"path": "calc.py", "text": "then\n"}]}
    worker.ask("start", {"run": "bbbbbbbb", "task": task, "options": {"max_iterations": 3, "candidates": 2}})
    assert {run.run: run.status for run in journal.list_runs(root)}["bbbbbbbb"] == "queued"
    worker.wait(event("Noted", "aaaaaaaa"))
    worker.end(route)

    assert {run.run: run.status for run in journal.list_runs(root)} == dict.fromkeys(
        ("aaaaaaaa", "bbbbbbbb"), "interrupted"
    )
    again = Control()
    try:
        unsaved = [{"path": "calc.py", "text": FILES["calc.py"] + "# now\n"}]
        today = {"options": {"max_iterations": 5, "candidates": 5}, "changed": {"candidates": 4}, "unsaved": unsaved}
        again.ask("resume", {"run": "bbbbbbbb", "workspace": str(root), **today})
        begun = again.wait(event("RunStarted", "bbbbbbbb"))["params"]
    finally:
        again.close()
    assert (begun["settings"]["max_iterations"], begun["settings"]["candidates"]) == ("3", "4")
    assert begun["task"]["unsaved"] == unsaved


def test_a_run_that_cannot_begin_says_why_and_one_that_cannot_go_on_stays_as_it_was(
    worker: Control, make_project: MakeProject
) -> None:
    root = make_project(FILES)
    task = {"kind": "fix", "workspace": str(root)}
    worker.ask("start", {"run": "aaaaaaaa", "task": task, "options": {"model": "nobody-has-this"}})
    assert worker.wait(event("RunEnded", "aaaaaaaa"))["params"]["result"]["status"] == "error"
    worker.start("bbbbbbbb", root)
    worker.wait(event("Noted", "bbbbbbbb"))
    worker.end("SIGKILL")

    again = Control()
    try:
        again.ask("resume", {"run": "bbbbbbbb", "workspace": str(root), "changed": {"model": "nobody-has-this"}})
        failed = again.wait(lambda m: m.get("method") == "failed")["params"]
        left = {run.run: run.status for run in journal.list_runs(root)}
        gone = again.ask("discard", {"run": "bbbbbbbb", "workspace": str(root)})
    finally:
        again.close()
    assert failed["kind"] in ("usage", "model") and "nobody-has-this" in failed["message"]
    assert left == {"aaaaaaaa": "error", "bbbbbbbb": "interrupted"}
    assert gone["result"]["run"] == "bbbbbbbb" and [run.run for run in journal.list_runs(root)] == ["aaaaaaaa"]


def test_cancel_ends_the_run_and_its_test_processes(worker: Control, make_project: MakeProject) -> None:
    worker.start("aaaaaaaa", make_project(FILES))
    worker.wait(event("Noted", "aaaaaaaa"))
    until(lambda: descendants(worker.process.pid))

    worker.write(b'{"id": "c", "method": "cancel", "params": {"run": "aaaaaaaa"}}')

    assert worker.wait(event("RunEnded", "aaaaaaaa"))["params"]["result"]["status"] == "cancelled"
    until(lambda: not descendants(worker.process.pid))


@pytest.mark.parametrize("route", ["end of input", "SIGTERM"])
def test_nothing_outlives_the_control_pipe(worker: Control, make_project: MakeProject, route: str) -> None:
    """Neither a process nor a scratch tree; the run can be resumed, for nobody cancelled it."""
    root = make_project(FILES)
    worker.start("aaaaaaaa", root)
    worker.wait(event("Noted", "aaaaaaaa"))
    until(lambda: descendants(worker.process.pid))
    below = descendants(worker.process.pid)

    worker.end(route)

    assert worker.process.returncode == 0
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    (left,) = journal.list_runs(root)
    assert (left.status, left.run) == ("interrupted", "aaaaaaaa")
    assert not list(paths.workspace_state(root).glob("trees/*/*")), "no scratch tree is left behind"


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("line", [b"{", b"[]", b"5", b'{"method": "info"}', b"\xff"])
def test_a_line_that_is_no_request_is_passed_over(worker: Control, line: bytes) -> None:
    worker.write(line)

    assert worker.ask("info")["result"]["pid"] == worker.process.pid


METHODS = ["start", "resume", "steer", "get", "diff", "text", "plan", "discard"]


@pytest.mark.parametrize("method", METHODS)
def test_wrong_parameters_are_a_sentence(worker: Control, method: str) -> None:
    """The server checks what a client sends; a mistake of the server must not end the worker."""
    for params in (None, 5, {}, {"run": 5}, []):
        assert worker.ask(method, params)["error"]["kind"] == "usage"


def test_an_unknown_method_and_an_unknown_run_are_refused(worker: Control, tmp_path: Path) -> None:
    assert "no method" in worker.ask("dance")["error"]["message"]
    assert "no run" in worker.ask("get", {"run": "nope", "workspace": str(tmp_path)})["error"]["message"]


def test_what_libraries_print_does_not_reach_the_protocol(tmp_path: Path) -> None:
    """A site customisation that prints on start and at exit stands for all of them."""
    (tmp_path / "sitecustomize.py").write_text("import atexit, os; atexit.register(lambda: os.write(1, b'bye'))\n")
    control = Control(PYTHONPATH=os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    try:
        assert control.ask("info")["result"]["runs"] == []
    finally:
        control.close()


def test_starting_imports_nothing_heavy() -> None:
    """The list of runs and the health check are asked for at every start of an editor."""
    code = "import sys, autogpt.worker.service; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"torch", "transformers", "git", "openai", "httpx"} & set(loaded)
