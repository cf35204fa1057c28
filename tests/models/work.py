"""A small real project, and the brief and desk of a round on it; only the model is scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.config import Settings
from autogpt.events import ApproachChosen, Event, ModelAsked, Noted
from autogpt.feedback.base import Environment
from autogpt.feedback.report import Frame, Report, TestOutcome
from autogpt.models.base import Attempt, Brief, Candidate, Change, Desk, Verdict
from autogpt.result import Tests
from autogpt.state import describe_approach
from autogpt.stop import Stop
from autogpt.task import Task

CALC = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return a * 3\n"
TESTS = (
    "from calc import add, twice\n\n\ndef test_add():\n    assert add(2, 3) == 5\n\n\n"
    "def test_twice():\n    assert twice(4) == 8\n"
)
FILES = {"calc.py": CALC, "tests/test_calc.py": TESTS, "README.md": "# Calc\n"}
ADD, TWICE = "tests/test_calc.py::test_add", "tests/test_calc.py::test_twice"

RIGHT = """\
Plan:
1. Mend `add`

```edit replace calc.py
<<<<<<< SEARCH
    return a - b
=======
    return a + b
>>>>>>> REPLACE
```
Summary: Add instead of subtracting
"""
WRONG = RIGHT.replace("return a + b", "return b - a").replace("Add instead", "Turn round instead")
WORSE = RIGHT.replace("return a + b", "return a * b").replace("Add instead", "Multiply instead")


def failing(id: str, message: str = "assert -1 == 5", line: int = 5) -> TestOutcome:
    """A failure as the runner reports it."""
    function = id.rpartition("::")[2]
    frames = (Frame("tests/test_calc.py", line, function, "assert add(2, 3) == 5"),)
    return TestOutcome(id, "failed", message=message, exception="AssertionError", frames=frames)


def passing(id: str) -> TestOutcome:
    return TestOutcome(id, "passed")


def report(*outcomes: TestOutcome) -> Report:
    return Report({outcome.id: outcome for outcome in outcomes})


BASELINE = report(failing(ADD), passing(TWICE))


def verdict(status: str = "failed", reason: str = "Still failing.", message: str = "assert -1 == 5") -> Verdict:
    """What the loop says of a candidate that did not turn the goal green."""
    return Verdict(
        status,  # type: ignore[arg-type]
        reason,
        Tests(still_failing=(ADD,)),
        report(failing(ADD, message), passing(TWICE)),
    )


@dataclass
class Round:
    """What a proposer is given, and what it did."""

    folder: Path
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    task: Task | None = None
    settings: Settings = field(default_factory=lambda: Settings(remember=False))
    baseline: Report = BASELINE
    goal: tuple[str, ...] = (ADD,)
    runner: str = "pytest"
    python: str = "python"
    rules: str = ""
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    events: list[Event] = field(default_factory=list[Event])
    stop: Stop = field(default_factory=Stop)
    test: Callable[[Change, Sequence[str] | None], Report] = lambda change, tests: Report(problem="no_tests")
    """Only for rounds that run no test; the tests of whole runs have a real runner."""
    messages: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for name, text in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    @property
    def brief(self) -> Brief:
        return Brief(
            task=self.task or Task("fix", str(self.folder)),
            tree=self.folder,
            environment=Environment(self.python, ("python", "-m", "pytest"), self.runner),
            baseline=self.baseline,
            goal=self.goal,
            settings=self.settings,
            attempts=tuple(self.attempts),
            rules=self.rules,
        )

    @property
    def desk(self) -> Desk:
        return Desk(self.events.append, self.stop, None, self.test, self._steering)  # type: ignore[arg-type]

    def tried(self, candidate: Candidate, verdict: Verdict) -> None:
        """The loop has put a candidate to the test."""
        self.attempts.append(Attempt(candidate, verdict))

    def notes(self) -> str:
        """What the person reads of it, apart from plans and answers."""
        told = (
            event.text if isinstance(event, Noted) else describe_approach(event)
            for event in self.events
            if isinstance(event, (Noted, ApproachChosen))
        )
        return "\n".join(told)

    def prompts(self) -> list[ModelAsked]:
        return [event for event in self.events if isinstance(event, ModelAsked)]

    def _steering(self) -> tuple[str, ...]:
        heard, self.messages = tuple(self.messages), []
        return heard


def changed(candidates: Iterable[Candidate]) -> list[dict[str, str]]:
    """The texts of candidates by path."""
    return [{path: (text or b"").decode() for path, text in one.change.items()} for one in candidates]
