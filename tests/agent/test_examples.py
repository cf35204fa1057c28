"""Examples in a docstring are what the built-in model proves an unfinished function by."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autogpt.agent import manage
from autogpt.agent.examples import as_tests
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.task import Position, Range, Target, Task
from tests.conftest import MakeProject

CLIP = '''\
"""Texts."""

import math

ELLIPSIS = "…"


def clip(text: str, width: int) -> str:
    """Shorten a text.

    >>> clip("abcdef", 4)
    'abc…'
    >>> clip("abc", 4)
    'abc'
    """
    raise NotImplementedError


def other(text: str) -> str:
    raise NotImplementedError
'''
TESTS = "from shop.text import ELLIPSIS\n\ndef test_ellipsis():\n    assert ELLIPSIS\n"


def written(docstring: str, module: str = "import math\n") -> str | None:
    tree = ast.parse(f'{module}\n\ndef f(x):\n    """{docstring}"""\n')
    return as_tests("f", docstring, tree, "shop.text")


@pytest.mark.parametrize(
    ("docstring", "lines"),
    [
        (">>> f(1)\n2\n", ["from shop.text import f", "assert f(1) == 2"]),
        (">>> f(1)\nTrue\n", ["assert f(1) is True"]),
        (">>> y = 2\n>>> f(y)\n3\n", ["    y = 2", "    assert f(y) == 3"]),
        (">>> f(1) + 1\n3\n", ["assert (f(1) + 1) == 3"]),
        (">>> f(1)\nStock(1)\n", ["assert repr(f(1)) == 'Stock(1)'"]),
        (">>> f(math.pi)\n3\n", ["from shop.text import f, math"]),
        (
            ">>> f(0)\nTraceback (most recent call last):\n    ...\nValueError: too small\n",
            ["import pytest", "    with pytest.raises(ValueError):", "        f(0)"],
        ),
    ],
)
def test_examples_become_asserts_with_what_they_need(docstring: str, lines: list[str]) -> None:
    text = written(docstring)

    assert text is not None
    compile(text, "test_f_examples.py", "exec")
    found = [line.strip() for line in text.splitlines()]
    assert all(line.strip() in found for line in lines), text


@pytest.mark.parametrize(
    "docstring",
    [
        "No examples.",
        ">>> print(f(1))\n2\n",
        ">>> f(1)\n[1, ...]\n",
        ">>> f(1) # doctest: +ELLIPSIS\n1\n",
        " >>> f(1\n 2",
    ],
)
def test_what_cannot_be_checked_is_left_out(docstring: str) -> None:
    assert written(docstring) is None


@pytest.fixture
def settings(lean_python: str) -> Settings:
    return Settings(python=lean_python)


@pytest.mark.parametrize("layout", ["", "src/"])
@pytest.mark.parametrize("pointed", [True, False])
def test_a_function_is_implemented_from_its_docstring(
    make_project: MakeProject, settings: Settings, layout: str, pointed: bool
) -> None:
    """By its name in the task, or by the place in the editor; the tests are a new file of the proposal."""
    project = "[tool.pytest.ini_options]\npythonpath = ['src', '.']\n"
    files = {f"{layout}shop/text.py": CLIP, f"{layout}shop/__init__.py": "", "tests/test_text.py": TESTS}
    folder = make_project({**files, "pyproject.toml": project})
    place = Target(f"{layout}shop/text.py", Range(Position(8, 4), Position(8, 4)))
    task = Task("implement", str(folder), text="Finish it.", target=place) if pointed else None

    result = run(task or Task("implement", str(folder), text="Implement `clip`."), settings)

    assert result.status == "verified", result.reason
    test = "tests/test_clip_examples.py"
    assert result.tests.added == (f"{test}::test_clip_1", f"{test}::test_clip_2") and not result.tests.fixed
    planned = manage.plan(folder, result.run).writes
    assert set(planned) == {test, f"{layout}shop/text.py"}
    assert '[:width - 1] + "…"' in (planned[f"{layout}shop/text.py"] or b"").decode()


def test_without_examples_it_says_what_to_write(make_project: MakeProject, settings: Settings) -> None:
    folder = make_project({"shop/text.py": CLIP, "shop/__init__.py": "", "tests/test_text.py": TESTS})

    result = run(Task("implement", str(folder), text="Implement `other`."), settings)

    assert result.status == "failed" and "examples in the docstring" in result.reason
    assert not Path(folder, "tests", "test_other_examples.py").exists()
