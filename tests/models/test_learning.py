"""A second run begins better than the first one did: with what worked, and with what the failures have shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autogpt import journal
from autogpt.agent.run import resumable, run
from autogpt.config import Settings
from autogpt.errors import ModelError
from autogpt.events import ApproachChosen, CandidateJudged, Record
from autogpt.models.approach import WAYS
from autogpt.models.chat import ChatProposer
from autogpt.models.lessons import Lessons
from autogpt.models.memory import Memory
from autogpt.models.registry import list_models
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Result
from autogpt.task import Task
from tests.conftest import MakeProject
from tests.models.test_runs import SETTINGS
from tests.models.work import ADD, FILES, RIGHT, TWICE, WRONG


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project({**FILES, **SETTINGS, "calc.py": FILES["calc.py"].replace("a * 3", "a * 2")})


def work(
    project: Path, python: str, *answers: str, settings: Settings | None = None
) -> tuple[Result, ScriptedModel, list[ApproachChosen]]:
    model, records = ScriptedModel(*answers), list[Record]()
    settings = settings or Settings(python=python)
    result = run(Task("fix", str(project), tests=(ADD,)), settings, emit=records.append, proposer=ChatProposer(model))
    return result, model, [one.event for one in records if isinstance(one.event, ApproachChosen)]


def test_what_a_failure_showed_is_told_to_the_next_run(project: Path, lean_python: str) -> None:
    """A change that broke another test is told of in the first prompt of a later run, as data, and counted as a
    failure of the way of asking that led to it."""
    answer = RIGHT.replace("    return a - b\n", "    return a - b\n\n\ndef twice(a):\n    return a * 2\n").replace(
        "    return a + b\n", "    return a + b\n\n\ndef twice(a):\n    return a\n"
    )
    result, first, (begun,) = work(project, lean_python, answer, RIGHT)
    assert result.verified and begun.way == "plain" and begun.lessons == ()
    assert "earlier runs" not in first.asked[0][1].content
    lesson = f"A change of calc.py broke {TWICE}, which passed before it."
    assert Lessons.of(project).told() == (lesson,)
    assert Memory.load(project).counted("scripted", "plain") == (0, 1)

    result, second, (begun, *_) = work(project, lean_python, RIGHT)
    prompt = second.asked[0][1].content
    assert begun.lessons == (lesson,) and f"```\n- {lesson}\n```" in prompt
    assert prompt.index("# What earlier runs") < prompt.index("# Task")


def test_a_first_change_that_helps_speaks_for_its_way(project: Path, lean_python: str) -> None:
    work(project, lean_python, RIGHT)
    assert Memory.load(project).counted("scripted", "plain") == (1, 1)


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_way_that_failed_gives_way_to_another(project: Path, lean_python: str, way: str) -> None:
    """It is in the journal which one, and why; and the model is asked accordingly."""
    memory = Memory.load(project)
    for other in WAYS:
        for _ in range(12):
            memory.record("scripted", other, float(other == way))
    result, model, (begun,) = work(project, lean_python, RIGHT)
    assert result.verified and begun.way == way and f"way `{way}`: it did well 12 times of 12" in begun.reason
    assert model.temperatures == [0.3 if way == "warm" else 0.0]
    assert ("Take the task in small steps" in model.asked[0][1].content) == (way == "steps")
    notes = {model.name: model.note for model in list_models(Settings())}
    assert "builtin" in notes


def test_nothing_is_remembered_where_the_person_does_not_want_it(project: Path, lean_python: str) -> None:
    settings = Settings(python=lean_python, remember=False)
    Lessons.of(project).add(["Never told."])
    _, model, (begun, *_) = work(project, lean_python, "Sorry.", WRONG, RIGHT, settings=settings)
    assert begun.lessons == () and "Never told" not in model.asked[0][1].content
    assert not Memory.load(project).file.exists() and Lessons.of(project).told() == ("Never told.",)


def test_a_resumed_run_asks_in_the_words_that_it_began_with(project: Path, lean_python: str) -> None:
    """Whatever was learnt since: else all that was paid for would be asked and paid again."""
    Lessons.of(project).add(["Known before."])
    first = ScriptedModel(WRONG, ModelError("It broke."))
    task, settings = Task("fix", str(project), tests=(ADD,)), Settings(python=lean_python)
    run(task, settings, proposer=ChatProposer(first), run_id="feed0008")
    folder = journal.find_run(project, "feed0008")
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(lines[:-1]))  # as if it had been killed there
    Lessons.of(project).add(["Known since."])
    memory = Memory.load(project)
    for _ in range(9):
        memory.record("scripted", "replace", 0.0)
        memory.record("scripted", "symbol", 1.0)
        memory.record("scripted", "plain", 0.0)

    second = ScriptedModel(RIGHT)
    again = resumable(project, "feed0008", Settings(), {})
    result = run(*again, proposer=ChatProposer(second), run_id="feed0008", resume=True)

    assert result.verified and second.asked == [first.asked[-1]]
    assert "Known before." in first.asked[0][1].content


def test_the_projects_own_linter_is_heard(make_project: MakeProject) -> None:
    """What it finds in a change that does not do yet is in the next prompt, with file and line."""
    project = make_project({**FILES, **SETTINGS, "ruff.toml": 'lint.select = ["F"]\n'})
    sloppy = WRONG.replace("return b - a", "unused = 1\n    return b - a")
    model, records = ScriptedModel(sloppy, RIGHT), list[Record]()
    settings = Settings(model="scripted", python=sys.executable)
    task = Task("fix", str(project), tests=(ADD,))
    result = run(task, settings, emit=records.append, proposer=ChatProposer(model))
    assert "calc.py:2: F841" in model.asked[1][-1].content
    judged = [one.event for one in records if isinstance(one.event, CandidateJudged)]
    assert result.verified and len(judged[0].diagnostics) == 1 and judged[1].diagnostics == ()
