"""Small real projects with their runner and host, for the tests of the search."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from autogpt.config import Settings
from autogpt.events import Event
from autogpt.feedback.environment import find_environment
from autogpt.feedback.pytest_runner import PytestRunner
from autogpt.feedback.report import Report
from autogpt.feedback.runner import make_runner
from autogpt.models.base import Brief, Change, Desk
from autogpt.search.host_client import Edits, Host, Lane, Stage, Trial, open_host
from autogpt.stop import Stop
from autogpt.task import Task


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """A workspace with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def runner_for(workspace: Path, settings: Settings | None = None) -> PytestRunner:
    """The runner of a workspace whose scratch tree is the workspace itself."""
    settings = settings or Settings()
    environment = find_environment(workspace, settings)
    state = workspace.parent / f"{workspace.name}-state"
    state.mkdir(exist_ok=True)
    runner = make_runner(environment, workspace, workspace, "", settings, state=state)
    assert isinstance(runner, PytestRunner)
    return runner


@contextmanager
def hosted(folder: Path, files: Mapping[str, str]) -> Generator[Host]:
    """A host for a new workspace, its tests collected."""
    workspace = write(folder, files)
    with open_host(runner_for(workspace).place, workspace) as host:
        host.preload(host.ready(60.0).modules)
        yield host


def replacement(files: Mapping[str, str], path: str, old: str, new: str) -> tuple[str, int, int, str]:
    """The edit that writes `new` for the only `old` of a file."""
    text = files[path]
    assert text.count(old) == 1, (old, text.count(old))
    return path, text.index(old), text.index(old) + len(old), new


def tried(host: Host, edits: Edits, *tests: str, lane: Lane = "warm", cpu: float = 2.0, again: bool = True) -> Trial:
    """One request and its answer; `again` also for code that was tried before."""
    number = host.ask(lane, edits, [Stage(tests, early=False)], {"": cpu}, again=again)
    return answer(host, number)


def answer(host: Host, number: int) -> Trial:
    """Wait for the answer to a request; the others are passed over."""
    while True:
        for got, trial in host.answers(1.0):
            if got == number:
                return trial


def outcomes(trial: Trial) -> list[str]:
    return [test.outcome for test in trial.tests]


def work(workspace: Path, seconds: float = 60.0, timeout: float = 60.0) -> tuple[Brief, Desk, list[Event]]:
    """What a proposer gets for `fix` in this workspace, and the list that its events go to."""
    runner, events = runner_for(workspace), list[Event]()
    baseline = runner.run(workspace, None, timeout=timeout, stop=Stop())

    def test(change: Change, tests: object) -> Report:
        return with_change(runner, workspace, change)

    brief = Brief(Task("fix", str(workspace)), workspace, runner.environment, baseline, baseline.failing(), Settings())
    return brief, Desk(events.append, Stop(seconds), runner, test), events


def with_change(runner: PytestRunner, workspace: Path, change: Change) -> Report:
    """A cold run with the change on disk; the files are as before afterwards."""
    before = {path: (workspace / path).read_bytes() for path in change}
    try:
        for path, data in change.items():
            assert data is not None
            (workspace / path).write_bytes(data)
        return runner.run(workspace, None, timeout=60.0, stop=Stop())
    finally:
        for path, data in before.items():
            (workspace / path).write_bytes(data)
