"""Whole runs with a scripted model: real repositories, real tests, the real loop and the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.events import ModelAsked, PlanMade, Record
from autogpt.models.chat import ChatProposer
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Result
from autogpt.state import RunState, advance
from autogpt.task import Comment, Task
from tests.conftest import MakeProject, git
from tests.feedback.projects import make_environment
from tests.models.work import ADD, FILES, RIGHT, TWICE, WRONG

SETTINGS = {"pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"}
MEND_TWICE = (
    "```edit symbol calc.py::twice\ndef twice(a):\n    return a * 2\n```\nSummary: Double instead of tripling\n"
)
HALF_TESTS = """\
```edit file tests/test_half.py
import pytest

from calc import half


def test_half_of_an_even_number():
    assert half(4) == 2


def test_an_odd_number_has_no_half():
    with pytest.raises(ValueError):
        half(3)
```
"""
HALF = """\
```edit replace calc.py
<<<<<<< SEARCH
def twice(a):
=======
def half(a):
    if a % 2:
        raise ValueError(a)
    return a // 2


def twice(a):
>>>>>>> REPLACE
```
Summary: Add half
"""


def replacing(path: str, old: str, new: str) -> str:
    """A block that replaces one line."""
    return f"```edit replace {path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with pytest and no plugin, which starts sooner."""
    return str(make_environment(tmp_path_factory.mktemp("lean") / "venv"))


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project({**FILES, **SETTINGS})


def work(task: Task, python: str, *answers: str) -> tuple[Result, ScriptedModel, list[Record]]:
    model, records = ScriptedModel(*answers), list[Record]()
    result = run(task, Settings(python=python), emit=records.append, proposer=ChatProposer(model))
    assert model.left == 0
    return result, model, records


def test_a_failure_is_shown_to_the_model_and_then_fixed(project: Path, python: str) -> None:
    """The second prompt quotes the failing test as it fails with the change, and the checkout stays as it was."""
    result, model, _ = work(Task("fix", str(project), tests=(ADD,)), python, WRONG, RIGHT)
    assert "assert 1 == 5" in model.asked[1][-1].content
    assert result.verified and "+    return a + b" in result.diff and result.tests.fixed == (ADD,)
    assert result.tokens.prompt > 0 and git(project, "status", "--porcelain") == ""


def test_a_part_is_kept_and_the_next_round_stands_on_it(project: Path, python: str) -> None:
    result, model, _ = work(Task("fix", str(project)), python, RIGHT, "```ask\nread calc.py\n```", MEND_TWICE)
    assert result.verified and set(result.tests.fixed) == {ADD, TWICE}
    assert "return a + b" in model.asked[2][-1].content
    assert git(project, "log", "--format=%s", f"main..{result.branch}").splitlines() == [
        "Double instead of tripling",
        "Add instead of subtracting",
    ]


def test_a_task_without_tests_gets_its_acceptance_tests_first(project: Path, python: str) -> None:
    """They fail on the base, stay in files of their own, and are what makes the result verified."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    passing = (
        HALF_TESTS.replace("half(4) == 2", "True").replace("from calc import half\n", "").replace("half(3)", "int('x')")
    )
    result, model, records = work(task, python, passing, HALF_TESTS, HALF)
    assert "These pass already: tests/test_half.py::test_an_odd_number_has_no_half" in model.asked[1][-1].content
    assert "acceptance tests pass" in model.asked[2][-1].content
    assert result.verified and set(result.tests.added) == {
        "tests/test_half.py::test_half_of_an_even_number",
        "tests/test_half.py::test_an_odd_number_has_no_half",
    }
    assert sorted(stat.path for stat in result.files) == ["calc.py", "tests/test_half.py"]
    assert any(isinstance(one.event, PlanMade) and one.event.acceptance for one in records)


def test_an_answer_with_tests_and_change_together_is_taken_apart(project: Path, python: str) -> None:
    """Many models send all at once; the tests must fail without the change all the same, and no request is wasted."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    result, _, _ = work(task, python, HALF_TESTS + HALF)
    assert result.verified and len(result.tests.added) == 2


def test_a_change_that_came_with_its_tests_can_be_mended(project: Path, python: str) -> None:
    """The second answer holds the change alone; the tests stay."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    result, model, _ = work(task, python, HALF_TESTS + HALF.replace("a // 2", "a // 3"), HALF)
    assert result.verified and len(result.tests.added) == 2
    assert [message.role for message in model.asked[1]] == ["system", "user", "assistant", "user"]
    assert "assert 1 == 2" in model.asked[1][-1].content


def test_a_task_that_no_test_can_prove_is_done_without(project: Path, python: str) -> None:
    answer = "```edit replace README.md\n<<<<<<< SEARCH\n# Calc\n=======\n# Calculator\n>>>>>>> REPLACE\n```"
    task = Task("implement", str(project), "Name it Calculator in the README")
    result, model, _ = work(task, python, "No test: it is about a document.", answer, "Done.")
    assert result.status == "unverified" and "+# Calculator" in result.diff
    assert "Look over your change once more" in model.asked[-1][-1].content
    assert "finds it complete" in result.reason


def test_a_refined_proposal_is_shown_to_the_model(project: Path, python: str) -> None:
    """With its tests, and with the comment that it is to be changed by."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    first, _, _ = work(task, python, HALF_TESTS + HALF)
    again = Task("refine", str(project), parent=first.run, comments=(Comment("Call the parameter number."),))
    renamed = (
        HALF[HALF.index("def half") : HALF.index("\n\n\ndef twice")]
        .replace("(a)", "(number)")
        .replace("a %", "number %")
    )
    answer = f"```edit symbol calc.py::half\n{renamed.replace('a //', 'number //')}\n```"
    result, model, _ = work(again, python, answer)
    prompt = model.asked[0][1].content
    assert "def test_half_of_an_even_number" in prompt and "- Call the parameter number." in prompt
    assert "def half(a):" in prompt and "+def half(number):" in result.diff
    assert result.verified and len(result.tests.added) == 2


def test_the_journal_holds_every_prompt(project: Path, python: str) -> None:
    _, model, records = work(Task("fix", str(project), tests=(ADD,)), python, "Sorry.", RIGHT)
    asked = [one.event for one in records if isinstance(one.event, ModelAsked)]
    assert [len(one.messages) for one in asked] == [2, 4]
    assert asked[1].messages[-1][1] == model.asked[1][-1].content


def test_the_command_line_runs_a_script(project: Path, python: str, tmp_path: Path) -> None:
    """What every other front end does, with a model that costs nothing."""
    script = tmp_path / "answers.txt"
    script.write_text(f"Mends add.\n=== answer\nSorry.\n=== answer\n{RIGHT}")
    command = ["fix", ADD, "--json", "-C", str(project), "--python", python, "--model", f"scripted:{script}"]
    done = subprocess.run(
        [sys.executable, "-m", "autogpt", *command], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "verified" and result["model"] == "scripted:answers.txt"
    assert result["tokens"]["prompt"] > 0 and result["tests"]["fixed"] == [ADD]


def test_a_script_that_runs_out_is_an_error_with_the_best_kept(project: Path, python: str) -> None:
    result, _, _ = work(Task("fix", str(project)), python, RIGHT)
    assert result.status == "error" and "ran out after 1 answers" in result.reason
    assert result.branch and "+    return a + b" in result.diff


def test_what_passes_a_part_of_its_acceptance_tests_is_kept(project: Path, python: str) -> None:
    """Else a whole new project had to be sent again, for the one word in it that a test did not find."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    mended = replacing("calc.py", "    return a // 3", "    return a // 2")
    result, model, _ = work(task, python, HALF_TESTS, HALF.replace("a // 2", "a // 3"), mended, "Done.")
    told = model.asked[2][-1].content
    assert "The change was kept" in told and "assert 1 == 2" in told
    assert "New tests that pass with it: tests/test_half.py::test_an_odd_number_has_no_half" in told
    assert result.verified and len(result.tests.added) == 2


def test_what_changes_a_given_test_is_no_ground_for_the_next_round(project: Path, python: str) -> None:
    """The next change would carry that one along, and never be verified."""
    task = Task("implement", str(project), "Add half(), which halves even numbers and refuses odd ones")
    given = replacing("tests/test_calc.py", "    assert add(2, 3) == 5", "    pass")
    result, model, _ = work(task, python, HALF_TESTS, given + HALF, HALF, "Done.")
    assert "The change was taken back" in model.asked[2][-1].content
    assert result.verified and "tests/test_calc.py" not in result.diff


def test_what_no_test_can_prove_is_as_its_author_leaves_it_after_a_look(project: Path, python: str) -> None:
    """The second change was thrown away: no test said that it was better than the first."""
    task = Task("implement", str(project), "Name it Calculator in the README")
    first, second = replacing("README.md", "# Calc", "# Calculater"), replacing("README.md", "Calculater", "Calculator")
    result, model, _ = work(task, python, "No test: it is about a document.", first, second, "Done.")
    assert "the files are now as you made them" in model.asked[2][-1].content
    assert result.status == "unverified" and "+# Calculator" in result.diff and "finds it complete" in result.reason


def test_the_sub_tasks_of_a_plan_are_ticked_as_their_changes_are_kept(project: Path, python: str) -> None:
    """Of all that the person sees of a run, the plan says how far it is."""
    both = RIGHT.replace("1. Mend `add`", "1. Mend `add`\n2. Mend `twice` (later)")
    _, _, records = work(Task("fix", str(project)), python, both, "Plan:\n1. Mend `twice`\n" + MEND_TWICE)
    state, plans = RunState("r"), list[tuple[tuple[str, bool], ...]]()
    for record in records:
        state = advance(state, record)
        plans += [state.plan] if state.plan not in plans[-1:] else []
    told = [{step: done for step, done in plan if step.startswith("Mend")} for plan in plans]
    assert {"Mend `add`": False, "Mend `twice`": False} in told and {"Mend `add`": True, "Mend `twice`": False} in told
    assert told[-1] == {"Mend `add`": True, "Mend `twice`": True} and all(done for _, done in state.plan)


def test_what_a_plan_puts_off_is_asked_for_and_else_warned_of(project: Path, python: str) -> None:
    answer = RIGHT.replace("1. Mend `add`", "1. Mend `add`\n2. Say so in the README (later)")
    result, model, _ = work(Task("fix", str(project), tests=(ADD,)), python, answer, "Done.")
    assert "anything left that you put off" in model.asked[1][-1].content
    assert result.verified and "the model has put off a part of its plan: Say so in the README" in result.warnings
