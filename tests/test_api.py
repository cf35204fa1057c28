"""The Python interface: code for a task without a workspace, and the same runs as the command line's."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import AutoGPT
from autogpt.agent.generate import extract_code
from autogpt.errors import ModelError, UsageError
from autogpt.events import RunEnded, RunStarted
from autogpt.stop import Stop
from autogpt.task import Task
from tests.conftest import MakeProject

CODE = "def double(a):\n    return 2 * a\n"
FENCED = f"Here it is:\n\n```python\n{CODE}```\nIt doubles.\n"
DOUBLE = "Write `def double(a)`:\n\ndef double(a):\n\n>>> double(2)\n4\n>>> double(5)\n10\n>>> double(0)\n0\n"


def scripted(folder: Path, *answers: str) -> AutoGPT:
    script = folder / "answers.txt"
    script.write_text("".join(f"=== answer\n{answer}\n" for answer in answers), encoding="utf-8")
    return AutoGPT(model=f"scripted:{script}")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (FENCED, CODE),
        (CODE, CODE),
        (f"```\nx = 1\n```\nor, whole:\n~~~\n{CODE}~~~\n", CODE),
        ("Sorry, I cannot do that.", ""),
        ("", ""),
        ("<p>bare</p>", ""),
    ],
)
def test_code_is_told_from_prose(answer: str, code: str) -> None:
    """An apology that was saved as a program would be found out by whoever runs it."""
    assert extract_code(answer) == code


def test_a_model_writes_code_without_a_workspace(tmp_path: Path) -> None:
    thought = "<think>```python\nraise SystemExit  # a long and wrong idea, longer than the answer\n```</think>"
    assert scripted(tmp_path, thought + FENCED).generate_code("Double a number") == CODE


def test_an_answer_without_code_is_asked_for_again_once(tmp_path: Path) -> None:
    assert scripted(tmp_path, "Sure!", FENCED).generate_code("Double a number") == CODE
    with pytest.raises(ModelError, match=r"answered without code: 'I am sorry\.'"):
        scripted(tmp_path, "Sure!", "I am sorry.").generate_code("Double a number")


def test_the_built_in_model_writes_a_function_by_its_examples() -> None:
    namespace: dict[str, object] = {}
    exec(AutoGPT(model="builtin").generate_code(DOUBLE), namespace)
    assert namespace["double"](21) == 42  # type: ignore[operator]


def test_what_cannot_be_written_is_said() -> None:
    with pytest.raises(UsageError, match="task is empty"):
        AutoGPT().generate_code("  ")
    with pytest.raises(ModelError, match="from its header and its examples"):
        AutoGPT(model="builtin").generate_code("Create a web application")


def test_events_are_streamed_to_the_end(make_project: MakeProject) -> None:
    """Also where whoever reads them has interrupted the run, which then has no end of its own."""
    project = str(make_project({"calc.py": CODE, "test_calc.py": "def test_one():\n    pass\n"}))
    events = list(AutoGPT(model="builtin").stream(Task("fix", project)))
    assert isinstance(events[0], RunStarted) and isinstance(events[-1], RunEnded)
    stop = Stop(60.0)
    stop.interrupt("The editor is gone.")
    assert not any(isinstance(event, RunEnded) for event in AutoGPT(model="builtin").stream(Task("fix", project), stop))
