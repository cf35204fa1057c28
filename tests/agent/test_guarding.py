"""A task of writing tests is proved by what its tests notice, and by nothing that they merely pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.models.acceptance import asks_for_tests
from autogpt.models.chat import ChatProposer
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Result
from autogpt.task import Position, Range, Target, Task
from tests.conftest import MakeProject

PRICE = '''\
LIMIT = 3


def total(prices, discount=0):
    """The sum, less a discount in percent from three prices on."""
    whole = sum(prices)
    if len(prices) < LIMIT:
        return whole
    return whole - whole * discount // 100


def label(price):
    return "free" if price == 0 else f"{price} €"


if __name__ == "__main__":
    print(1 + 1)
'''
FILES = {
    "shop/__init__.py": "",
    "shop/price.py": PRICE,
    "tests/test_other.py": "def test_other():\n    assert True\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}


def file(text: str, path: str = "tests/test_total.py") -> str:
    return f"```edit file {path}\nfrom shop.price import label, total\n\n\n{text}```\nSummary: Test total\n"


NOTHING = file("def test_total_runs():\n    assert total([1, 2]) is not ...\n    assert label(2) is not ...\n")
GOOD = file(
    "def test_few_prices_have_no_discount():\n    assert total([1, 2], 50) == 3\n\n\n"
    "def test_three_prices_have():\n    assert total([100, 200, 300], 50) == 300\n    assert total([1, 1, 1]) == 3\n"
)
SKIPPED = GOOD.replace("from shop", "import pytest\n\nfrom shop").replace("def test", "@pytest.mark.skip\ndef test")


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project(FILES)


def work(project: Path, python: str, task: str | Task, *answers: str) -> tuple[Result, ScriptedModel]:
    model = ScriptedModel(*answers)
    task = Task("implement", str(project), task) if isinstance(task, str) else task
    result = run(task, Settings(python=python, remember=False), proposer=ChatProposer(model))
    assert model.left == 0
    return result, model


@pytest.mark.parametrize(
    "task", ["Write tests for total", "Write tests for shop/price.py: `total`", "Schreibe Tests für shop.price.total"]
)
def test_tests_that_notice_small_changes_are_verified(project: Path, lean_python: str, task: str) -> None:
    """They were `unverified` whatever they were worth, since they pass on the base; and none is asked for first."""
    result, model = work(project, lean_python, task, GOOD)
    assert result.status == "verified" and len(result.tests.added) == 2, result.reason
    assert (
        "2 new tests pass; they notice" in result.reason and "shop/price.py, and no other test fails" in result.reason
    )
    assert "what they are worth" in model.asked[0][-1].content.lower() and result.files[0].path == "tests/test_total.py"


def test_tests_that_notice_nothing_are_sent_back_with_what_they_miss(project: Path, lean_python: str) -> None:
    result, model = work(project, lean_python, "Write tests for shop/price.py::total", NOTHING, GOOD)
    told = model.asked[1][-1].content
    assert "With these small changes to the code all new tests pass" in told
    assert "shop/price.py:9 `return whole - whole * discount // 100` as" in told and "label" not in told
    assert result.verified


def test_tests_that_notice_too_little_stay_unverified(project: Path, lean_python: str) -> None:
    result, _ = work(project, lean_python, "Write tests for total", NOTHING, "Done.")
    assert result.status == "unverified" and result.tests.added == () and result.branch
    assert "which is too few to prove anything. Not noticed: shop/price.py:" in result.reason


def test_skipped_tests_prove_nothing(project: Path, lean_python: str) -> None:
    """Neither such marks, of which the model is told, nor tests that are left out while they run."""
    late = GOOD.replace("():\n", "():\n    import unittest\n\n    raise unittest.SkipTest\n")
    result, model = work(project, lean_python, "Write tests for total", SKIPPED, late, "Done.")
    told = model.asked[1][-1].content
    assert "leaves tests out by pytest.mark.skip" in told and "Changes of given tests" not in told
    assert result.status == "unverified" and "there is no new test" in result.reason, result.reason


def test_the_target_says_what_the_tests_are_about(project: Path, lean_python: str) -> None:
    """Those of another function of the file notice nothing of it."""
    place = Range(Position(12, 0), Position(12, 10))
    task = Task("implement", str(project), "Write tests for this", target=Target("shop/price.py", place))
    result, _ = work(project, lean_python, task, GOOD, "Done.")
    assert result.status == "unverified" and "they notice 0 of" in result.reason and "price.py:13" in result.reason


def test_another_task_is_not_proved_by_tests_of_what_was_there(project: Path, lean_python: str) -> None:
    """Else a change that does nothing of what was asked for would be verified; what the tests are worth is told."""
    task = "Add a currency to total and tests for it"
    result, _ = work(project, lean_python, task, "No test: it is hard.", GOOD, "Done.")
    assert result.status == "unverified" and "2 new tests pass; they notice" in result.reason


def test_a_test_that_finds_a_fault_is_evidence_of_the_usual_kind(project: Path, lean_python: str) -> None:
    """It fails on the base and passes with the change that mends the code."""
    fault = file("def test_free():\n    assert label(0) == 'gift'\n    assert total([]) == 0\n")
    mended = (
        '```edit symbol shop/price.py::label\ndef label(price):\n    return "gift" if price == 0 else str(price)\n```\n'
    )
    result, _ = work(project, lean_python, "Write tests for label", fault + mended)
    assert result.verified and "failed without the change" in result.reason


@pytest.mark.parametrize(
    "text",
    [
        "Write tests for shop/price.py",
        "Please add more unit tests for total.",
        "Add tests",
        "write a test for the empty cart",
        "Improve test coverage of shop",
        "Ergänze Tests für total",
        "Écris des tests pour total",
        "Escribe pruebas para total",
        "为 total 编写单元测试",
        "Напиши тесты для total",
    ],
)
def test_a_task_of_writing_tests_is_told_by_its_words(text: str) -> None:
    assert asks_for_tests(text)


@pytest.mark.parametrize(
    "text",
    [
        "Add a discount to total and write tests for it",
        "Write tests for total and fix it",
        "Create a test data generator",
        "Add a test runner to the command line",
        "Make the tests pass",
        "Add an option --coverage for test",
        "Implement total",
    ],
)
def test_a_task_that_asks_for_more_is_none(text: str) -> None:
    assert not asks_for_tests(text)
