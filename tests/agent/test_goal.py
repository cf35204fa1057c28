"""Which failing tests are the task's business decides what `verified` can mean."""

from __future__ import annotations

import pytest

from autogpt.agent.goal import choose_goal
from autogpt.errors import UsageError
from autogpt.feedback.report import Frame, Report, TestOutcome
from autogpt.task import Position, Range, Target, Task

SOURCE = b"""\
def total(items):
    return 0


def slug(text):
    raise NotImplementedError
"""


def failing(id: str, function: str, line: int, path: str = "shop.py", exception: str = "") -> TestOutcome:
    frames = (Frame(id.partition("::")[0], 3, id.rpartition("::")[2]), Frame(path, line, function))
    return TestOutcome(id, "failed", frames=frames, exception=exception)


OUTCOMES = [
    failing("tests/test_a.py::test_total", "total", 2),
    failing("tests/test_a.py::test_total_empty", "total", 2),
    failing("tests/test_b.py::TestSlug::test_slug[x]", "slug", 6),
    failing("tests/test_c.py::test_deep", "deepest", 1, "src/lib/deep.py", "NotImplementedError"),
    TestOutcome("tests/test_b.py::test_fine", "passed"),
]
DEEP = ("tests/test_c.py::test_deep",)
BASELINE = Report({outcome.id: outcome for outcome in OUTCOMES})
TOTAL = ("tests/test_a.py::test_total", "tests/test_a.py::test_total_empty")
SLUG = ("tests/test_b.py::TestSlug::test_slug[x]",)


def at(line: int) -> Target:
    return Target("shop.py", Range(Position(line, 0), Position(line, 0)))


@pytest.mark.parametrize(
    ("task", "goal"),
    [
        (Task("fix", "/p"), TOTAL + SLUG + DEEP),
        (Task("fix", "/p", tests=("tests/test_b.py",)), SLUG),
        (Task("fix", "/p", tests=("./tests/test_a.py::test_total",)), TOTAL[:1]),
        (Task("fix", "/p", tests=("tests",)), TOTAL + SLUG + DEEP),
        (Task("fix", "/p", tests=("test_slug",)), SLUG),
        (Task("fix", "/p", tests=("tests/test_b.py::TestSlug::test_slug",)), SLUG),
        (Task("fix", "/p", tests=("tests/test_b.py::test_fine",)), ()),
        (Task("implement", "/p", "Implement slug"), SLUG),
        (Task("implement", "/p", "Make `shop.total` right"), TOTAL),
        (Task("implement", "/p", "Add a weather page"), ()),
        (Task("implement", "/p", "Do it", target=at(4)), SLUG),
        (Task("implement", "/p", "Do it", target=at(0)), TOTAL),
        (Task("implement", "/p", "Do it", target=Target("shop.py")), TOTAL + SLUG),
        (Task("implement", "/p", "Make test_total pass"), TOTAL[:1]),
        (Task("implement", "/p", "Implement the functions in shop.py."), TOTAL + SLUG),
        (Task("implement", "/p", "Make tests/test_b.py pass"), SLUG),
        (Task("implement", "/p", "Finish the module `lib.deep`"), DEEP),
        (Task("implement", "/p", "Implement what is missing"), DEEP),
    ],
)
def test_goal(task: Task, goal: tuple[str, ...]) -> None:
    chosen = choose_goal(task, BASELINE, lambda path: SOURCE if path == "shop.py" else None)
    assert chosen.tests == goal
    assert set(chosen.tests) | set(chosen.preexisting) == set(BASELINE.failing())
    assert not set(chosen.tests) & set(chosen.preexisting)


def test_an_unknown_test_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"There is no test `tests/test_a\.py::test_totl` here") as caught:
        choose_goal(Task("fix", "/p", tests=("tests/test_a.py::test_totl",)), BASELINE, lambda path: SOURCE)
    assert "test_total" in caught.value.hint


def test_a_target_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"There is no file gone\.py"):
        choose_goal(
            Task("implement", "/p", "x", target=Target("gone.py", Range(Position(0, 0), Position(0, 0)))),
            BASELINE,
            lambda path: None,
        )
