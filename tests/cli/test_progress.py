"""What a person reads while a run goes on: a line or a few for each event."""

from __future__ import annotations

import pytest

from autogpt.cli.progress import describe
from autogpt.events import RunStarted
from autogpt.task import Task

PAGE = "Create a small web application.\n\n" + "It shows the weather of a town.\n" * 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Write  add", "Write add"),
        (PAGE, "Create a small web application. …"),
        ("Write add " * 40, ("Write add " * 9) + "Write ad …"),
        ("", "Fix the failing tests"),
    ],
)
def test_of_a_long_task_the_first_line_is_enough(text: str, said: str) -> None:
    """A page of text above the progress of a run pushes out of sight what is new."""
    event = RunStarted("ab12", Task("implement", "/home/me/shop", text), "builtin", "c" * 40, "autogpt/x", "1")
    assert describe(event).splitlines()[0] == f"Run ab12: {said}"
