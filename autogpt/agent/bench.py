"""What one run works with: its repository, snapshot, scratch tree, tests, journal, and the best result so far."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autogpt.agent.plan import Plan
from autogpt.config import Settings
from autogpt.events import Event, Noted, Warned
from autogpt.feedback.base import Environment, TestRunner
from autogpt.feedback.report import Report
from autogpt.git.repository import Repository
from autogpt.git.store import ScratchTree, Snapshot, Store
from autogpt.models.base import Attempt, Change
from autogpt.models.recorded import Recorded
from autogpt.result import Tests, Tokens
from autogpt.state import describe_warning
from autogpt.stop import Stop
from autogpt.task import Task

if TYPE_CHECKING:
    from autogpt.agent.diagnose import Diagnosis
    from autogpt.agent.recording import Recording
    from autogpt.agent.seats import Seats

MAX_REPORTS = 200
"""Reports of a run that are kept."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on. `parent_change` is the proposal that a `refine` continues, relative to the base."""

    run: str
    task: Task
    settings: Settings
    repository: Repository
    store: Store
    snapshot: Snapshot
    tree: ScratchTree
    branch: str
    parent_commit: str
    parent_change: Change
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    """What tests have said in this run, by the content that they were run on: see `test_change`."""
    read: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    """Files of the base that were read, since two processes of git for each are most of a step's own time."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The end of the first phase. `goal` are tests to turn green, `flaky` those that changed their mind on the base."""

    environment: Environment
    runner: TestRunner
    baseline: Report
    goal: tuple[str, ...]
    preexisting: tuple[str, ...]
    flaky: frozenset[str]
    seats: Seats
    examples: tuple[str, ...] = ()
    """Tests made of a docstring's examples. To be reached like a goal, though they are new and count as such."""
    recording: Recording | None = None
    """What finds out which tests run which lines, where that is worth it."""
    diagnosis: Diagnosis | None = None
    """The project's own linter and type checker, for a model that can make use of what they say."""
    rules: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the next round starts: a change relative to the base, and what the tests say with it."""

    change: Change
    report: Report
    attempt: Attempt | None = None
    """The attempt of this run that it is; None for the base, and for what a `refine` continues."""


@dataclass(slots=True)
class Progress:
    """The mutable part of a run: counts, spending, and the best attempt with its commit."""

    emit: Callable[[Event], None]
    stop: Stop
    steering: Callable[[], tuple[str, ...]]
    started: float = field(default_factory=time.monotonic)
    iterations: int = 0
    candidates: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    best: Attempt | None = None
    commit: str = ""
    tests: Tests = field(default_factory=Tests)
    warnings: list[str] = field(default_factory=list[str])
    plan: Plan = field(default_factory=Plan)
    recorded: Recorded = field(default_factory=Recorded)
    """What the model answered before the run was interrupted."""

    def warn(self, text: str, path: str = "", line: int = 0) -> None:
        """Tell the person once, and keep it for the result."""
        event = Warned(text, path, line)
        described = describe_warning(event)
        if described not in self.warnings:
            self.warnings.append(described)
            self.emit(event)

    def pass_on(self, event: Event) -> None:
        """What the model has to say; its warnings belong into the result."""
        if isinstance(event, Warned):
            self.warn(event.text, event.path, event.line)
        else:
            self.emit(event)

    def hear(self, runner: TestRunner) -> None:
        """Pass on what is new about how the tests are run."""
        for remark in runner.remarks():
            self.emit(Noted(remark))

    def tell(self, events: Iterable[Event]) -> None:
        """Say several things."""
        for event in events:
            self.emit(event)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


def test_change(
    ground: Ground,
    runner: TestRunner,
    change: Change,
    tests: Sequence[str] | None,
    *,
    timeout: float,
    stop: Stop,
    fresh: bool = False,
) -> Report:
    """Run tests with a change laid over the base; the tree is as before afterwards.

    The same tests on the same content are not run again, unless `fresh` asks for it.
    """
    if not fresh and (known := remembered(ground, change, tests)) is not None:
        return known
    with ground.tree.lay(change):
        report = runner.run(ground.tree.workspace, tests, timeout=timeout, stop=stop, fresh=fresh)
    remember(ground, change, tests, report)
    return report


def remembered(ground: Ground, change: Change, tests: Sequence[str] | None) -> Report | None:
    """What these tests have said on this content."""
    return ground.reports.get(_content_key(change, tests))


def remember(ground: Ground, change: Change, tests: Sequence[str] | None, report: Report) -> None:
    """Keep a report, unless the run came to no end."""
    if report.problem in ("", "collection", "no_tests") and len(ground.reports) < MAX_REPORTS:
        ground.reports[_content_key(change, tests)] = report


def _content_key(change: Change, tests: Sequence[str] | None) -> str:
    """Names the content of a change and the tests to be run on it."""
    digest = hashlib.sha256()
    parts: list[bytes] = []
    for path, data in sorted(change.items()):
        parts += [path.encode(errors="surrogateescape"), b"-" if data is None else b"+" + data]
    parts.append(b"all" if tests is None else b"some")
    parts += [test.encode(errors="surrogateescape") for test in tests or ()]
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


test_change.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


def read_base(ground: Ground, path: str) -> bytes | None:
    """Content of a file as the person saw it; None where there is none."""
    if path not in ground.read:
        ground.read[path] = ground.store.read(ground.snapshot.raw, path)
    return ground.read[path]


def run_folder(workspace: Path, run: str) -> Path:
    from autogpt import journal

    return journal.runs_folder(workspace) / run
