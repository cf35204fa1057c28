"""Small unfinished functions are filled from their examples, and the right body comes early."""

from __future__ import annotations

import ast
from itertools import islice
from textwrap import dedent

import pytest

from autogpt.search.edit import apply_edit
from autogpt.search.space import Source
from autogpt.search.synthesis import bodies, unfinished
from autogpt.search.synthesis.examples import Signature, examples_in
from autogpt.search.synthesis.operations import BINARY, TERNARY, UNARY


def passing(text: str, tests: str, most: int = 400) -> list[str]:
    """The function's bodies with which the tests pass, in order. Only code that we wrote ourselves is run here."""
    text, tests = dedent(text).lstrip(), dedent(tests)
    (where,) = unfinished(Source("m.py", text))
    found: list[str] = []
    for edit in islice(bodies(Source("m.py", text), where, [tests]), most):
        names: dict[str, object] = {}
        try:
            exec(apply_edit(edit, {"m.py": text})["m.py"] + tests, names)
            names["test"]()  # type: ignore[operator]
        except Exception:
            continue
        found.append(edit.text)
    return found


BOX = "class Box:\n    def __init__(self, w, h):\n        self.w = w\n        self.h = h\n\n"
HALVES = "import pytest\ndef test():\n    assert half(6) == 3\n    assert half(8) == 4\n    assert half(2) == 1\n"
GRADES = """
def test():
    for score, want in [(95, "A"), (90, "A"), (89, "B"), (80, "B"), (79, "C"), (3, "C")]:
        assert grade(score) == want
"""

CASES = {
    "a product": (
        "def area(width, height):\n    raise NotImplementedError\n",
        "def test():\n    assert area(2, 3) == 6\n    assert area(4, 1) == 4\n",
        "return width * height",
    ),
    "a mean": (
        "def mean(values):\n    ...\n",
        "def test():\n    assert mean([1, 2, 3]) == 2\n    assert mean([4]) == 4\n    assert mean([1, 2]) == 1.5\n",
        "return sum(values) / len(values)",
    ),
    "the longest": (
        "def longest(words):\n    pass\n",
        "def test():\n    assert longest(['a', 'bbb', 'cc']) == 'bbb'\n    assert longest(['xyz', 'b']) == 'xyz'\n",
        "return max(words, key=len)",
    ),
    "letters": (
        "def initials(name):\n    pass\n",
        "def test():\n    assert initials('ada king') == 'AK'\n    assert initials('a b cd') == 'ABC'\n",
        'return "".join(word[0].upper() for word in name.split())',
    ),
    "an attribute": (
        BOX + "    def area(self):\n        raise NotImplementedError\n",
        "def test():\n    assert Box(2, 3).area() == 6\n    box = Box(4, 5)\n    assert box.area() == 20\n",
        "return self.w * self.h",
    ),
    "counts": (
        "def count(text):\n    pass\n",
        "def test():\n    assert count('aba') == {'a': 2, 'b': 1}\n    assert count('') == {}\n",
        "counts[char] = counts.get(char, 0) + 1",
    ),
    "a check": (
        "def half(n):\n    pass\n",
        HALVES + "    for odd in (3, 7):\n        with pytest.raises(ValueError):\n            half(odd)\n",
        "raise ValueError(",
    ),
    "cases": (
        "def grade(score):\n    pass\n",
        GRADES,
        "if score",
    ),
    "a text behind": (
        "def clip(text, width):\n    pass\n",
        "def test():\n    assert clip('abcdef', 4) == 'abc…'\n    assert clip('abc', 4) == 'abc'\n",
        'return text[:width - 1] + "…"',
    ),
    "a text before": (
        "def greet(name):\n    pass\n",
        "def test():\n    assert greet('Ada') == 'Hello, Ada!'\n",
        'return f"Hello, {name}!"',
    ),
    "some, each changed": (
        "def f(numbers):\n    'The squares of the numbers divisible by 4, largest first.'\n",
        "def test():\n    assert f([1, 4, 8, -4, 3]) == [64, 16, 16]\n    assert f([2, 12]) == [144]\n",
        "return sorted([number ** 2 for number in numbers if number % 4 == 0], reverse=True)",
    ),
    "what is said": (
        "def f(numbers):\n    'How many different numbers there are.'\n",
        "def test():\n    assert f([1, 4, 1]) == 2\n    assert f([2, 2, 2]) == 1\n",
        "return len(set(numbers))",
    ),
    "a formula": (
        "def gross(net, rate):\n    'Price with tax; the rate is in percent.'\n",
        "def test():\n    assert gross(100, 19) == 119.0\n    assert gross(50, 10) == 55.0\n",
        "/ 100",
    ),
    "a method of the name": (
        "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n        pass\n",
        "def test():\n    stack = Stack()\n    stack.push(1)\n    stack.push(2)\n    assert stack.items == [1, 2]\n",
        "self.items.append(item)",
    ),
}


@pytest.mark.parametrize(("text", "tests", "wanted"), CASES.values(), ids=CASES)
def test_a_function_is_filled(text: str, tests: str, wanted: str) -> None:
    """The wanted body is among the first five that pass."""
    found = passing(text, tests)

    assert any(wanted in body for body in found[:5]), found[:5]


def test_an_example_is_no_part_of_an_answer() -> None:
    """Neither its result nor what stands in the docstring: `"abc…"[:len(text)]` answers both and ignores the width."""
    text = """\
        def clip(text, width):
            '''Shorten.

            >>> clip('abcdef', 4)
            'abc…'
            >>> clip('abc', 4)
            'abc'
            '''
        """
    found = passing(text, "\ndef test():\n    assert clip('abcdef', 4) == 'abc…' and clip('abc', 4) == 'abc'\n", 9999)

    assert found and all("width" in body for body in found)


def test_no_operation_takes_the_memory_or_the_time_of_the_process() -> None:
    """`round` to as many places as a number grown on the way says, and the like."""
    by_code = {one.template: one.apply for one in (*UNARY, *BINARY, *TERNARY)}
    for code, operands in {
        "round({0}, {1})": (1, -(10**29)),
        "{0} ** {1}": (3, 10**29),
        "{0}.zfill({1})": ("1", 10**12),
    }.items():
        try:
            assert len(str(by_code[code](*operands))) < 10_000
        except ValueError:
            continue


def test_the_docstring_and_the_rest_of_the_file_stay() -> None:
    text = 'A = 1\n\ndef f(a, b):\n    """Sum."""\n    raise NotImplementedError("later")\n\nB = 2\n'
    tests = "def test():\n    assert f(1, 2) == 3\n    assert f(5, 5) == 10\n"

    edit = next(bodies(Source("m.py", text), "f", [tests]))
    new = apply_edit(edit, {"m.py": text})["m.py"]

    assert new == text.replace('raise NotImplementedError("later")', "return a + b")


UNFINISHED = {
    "def f():\n    ...\n": True,
    "def f():\n    pass\n": True,
    'def f():\n    """Doc."""\n': True,
    "def f():\n    raise NotImplementedError('x')\n": True,
    "def f():\n    # TODO: write\n    return None\n": True,
    "def f():\n    return None\n": False,
    "from abc import abstractmethod\nclass A:\n    @abstractmethod\n    def f(self): ...\n": False,
    "class A(Protocol):\n    def f(self): ...\n": False,
}


@pytest.mark.parametrize(("text", "expected"), UNFINISHED.items())
def test_what_counts_as_unfinished(text: str, expected: bool) -> None:
    """An abstract method is finished: its subclasses have the rest."""
    assert bool(unfinished(Source("m.py", text))) is expected


def test_examples_are_read_from_asserts_parameters_loops_and_errors() -> None:
    tests = """
    import pytest
    BASE = [1, 2]

    @pytest.mark.parametrize("n, want", [(1, 2), pytest.param(2, 4, id="two")])
    def test_rows(n, want):
        assert double(n) == want

    def test_plain():
        values = BASE + [3]
        result = double(values)
        assert result == [1, 2, 3, 1, 2, 3]
        assert double("") == ""
        with pytest.raises(TypeError, match="none"):
            double(None)
    """

    found = examples_in([dedent(tests)], Signature("double", ("n",), {}), ">>> double(0.5)\n1.0\n")

    assert [(one.arguments["n"], one.result, one.raises) for one in found] == [
        (1, 2, ""),
        (2, 4, ""),
        ([1, 2, 3], [1, 2, 3, 1, 2, 3], ""),
        ("", "", ""),
        (None, None, "TypeError"),
        (0.5, 1.0, ""),
    ]


def test_a_value_that_would_need_code_to_run_is_no_example() -> None:
    tests = "def test():\n    assert f(make()) == 1\n    assert f(open('x').read()) == 2\n    assert f(3) == 4\n"

    assert [dict(one.arguments) for one in examples_in([tests], Signature("f", ("a",), {}))] == [{"a": 3}]


def test_bodies_parse_whatever_the_layout() -> None:
    """A body on the header's line, tabs, a docstring alone."""
    for text in ("def f(a): pass\n", "def f(a):\n\tpass\n", 'def f(a):\n    """Doc."""\n', "def f(a):\r\n    ...\r\n"):
        for edit in islice(bodies(Source("m.py", text), "f", ["def test():\n    assert f(1) == 2\n"]), 40):
            ast.parse(apply_edit(edit, {"m.py": text})["m.py"])
