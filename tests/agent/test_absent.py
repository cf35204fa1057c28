"""What tests call and the project does not have yet gets a header from the calls, and then a body."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.agent import manage
from autogpt.agent.absent import Absent, with_header
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.models.tree import Tree
from autogpt.task import Task
from tests.conftest import MakeProject

CALC = '"""Sums."""\n\n\ndef add(a, b):\n    return a + b\n'
CALC_TESTS = """\
from calc import add, mean


def test_add():
    assert add(2, 3) == 5


def test_mean():
    assert mean([1, 2, 3]) == 2
    assert mean([1, 2]) == 1.5
"""
CART = """\
class Cart:
    def __init__(self):
        self.prices = []

    def add(self, price):
        self.prices.append(price)


VERSION = 1
"""
CART_TESTS = """\
from cart import Cart


def test_total():
    cart = Cart()
    cart.add(2)
    cart.add(5)
    assert cart.total() == 7


def test_empty():
    assert Cart().total() == 0
"""


@pytest.mark.parametrize(
    ("calls", "header"),
    [
        ("mean([1, 2])", "def mean(numbers):"),
        ("mean(['a'], 'b', 3)", "def mean(words, text, number):"),
        ("mean(1, 2, 3)", "def mean(number, other, third):"),
        ("mean(price)", "def mean(price):"),
        ("mean(1) + mean(1, 'x')", "def mean(number, text=None):"),
        ("mean({}, key=3)", "def mean(mapping, key=None):"),
    ],
)
def test_parameters_come_from_the_calls(tmp_path: Path, calls: str, header: str) -> None:
    (tmp_path / "calc.py").write_text(CALC)
    (tmp_path / "test_calc.py").write_text(f"def test():\n    assert {calls}\n")

    text = with_header(Absent("calc.py", "mean"), Tree(tmp_path), ["test_calc.py"])

    assert text == f"{CALC}\n\n{header}\n    raise NotImplementedError\n"


@pytest.mark.parametrize("absent", [Absent("calc.py", "unused"), Absent("calc.py", "add"), Absent("none.py", "mean")])
def test_nothing_is_added_that_nobody_calls_or_that_is_there(tmp_path: Path, absent: Absent) -> None:
    (tmp_path / "calc.py").write_text(CALC)
    (tmp_path / "test_calc.py").write_text(CALC_TESTS)
    assert with_header(absent, Tree(tmp_path), ["test_calc.py"]) is None


@pytest.fixture
def settings(lean_python: str) -> Settings:
    return Settings(python=lean_python)


@pytest.mark.parametrize("kind", ["fix", "implement"])
def test_a_function_that_only_a_test_knows_is_written(make_project: MakeProject, settings: Settings, kind: str) -> None:
    folder = make_project({"calc.py": CALC, "test_calc.py": CALC_TESTS})
    text = "Implement the missing name `mean`." if kind == "implement" else ""

    result = run(Task(kind, str(folder), text=text), settings)  # type: ignore[arg-type]

    assert result.status == "verified", result.reason
    written = manage.plan(folder, result.run).writes
    assert written["calc.py"] == f"{CALC}\n\ndef mean(numbers):\n    return sum(numbers) / len(numbers)\n".encode()


def test_a_method_goes_to_the_end_of_its_class(make_project: MakeProject, settings: Settings) -> None:
    folder = make_project({"cart.py": CART, "test_cart.py": CART_TESTS})

    result = run(Task("fix", str(folder)), settings)

    assert result.status == "verified", result.reason
    written = (manage.plan(folder, result.run).writes["cart.py"] or b"").decode()
    method = "\n    def total(self):\n        return sum(self.prices)\n"
    assert written == CART.replace("append(price)\n", f"append(price)\n{method}")


def test_a_header_alone_is_no_proposal(make_project: MakeProject, settings: Settings) -> None:
    """Where no body is found nothing is kept, least of all a function that raises."""
    tests = "from calc import odd\n\n\ndef test_odd():\n    assert odd('a') == 'qxz71'\n    assert odd('b') == 'kk0'\n"
    folder = make_project({"calc.py": CALC, "test_calc.py": tests})

    result = run(Task("fix", str(folder)), Settings(python=settings.python, max_seconds=12))

    assert result.status != "verified" and not result.files
