"""Slips are those of people: each kind where it can be made, in code that still parses, and mended by putting back."""

from __future__ import annotations

import ast
import random
import textwrap
from collections import Counter

import pytest

from autogpt.training.bugs import mutants
from autogpt.training.slips import KINDS, drawn, slips

CODE = {
    "operand left out": ("return a and (b or c)", "return a"),
    "guard left out": ("if a is None:\n    return 0\nreturn a + 1", "return a + 1"),
    "branch left out": ("if a:\n    b = 1\nelif c:\n    b = 2\nreturn b", "if a:\n    b = 1\nreturn b"),
    "condition left out": ("if a:\n    b = 1\nreturn b", "b = 1\nreturn b"),
    "statement left out": ("b = 0\nb += a\nreturn b", "b = 0\nreturn b"),
    "exit left out": ("for b in a:\n    c = b\n    break\nreturn c", "for b in a:\n    c = b\nreturn c"),
    "argument left out": ("return sorted(a, key=b)", "return sorted(a)"),
    "call left out": ("return b + a.strip()", "return b + a"),
    "read left out": ("return b(a[1:], c)", "return b(a, c)"),
    "not left out": ("return not (a or b)", "return a or b"),
    "term left out": ("return a[b - 1]", "return a[b]"),
    "bound left out": ("return a[1:]", "return a[:]"),
    "element left out": (
        "try:\n    a()\nexcept (KeyError, OSError):\n    b()",
        "try:\n    a()\nexcept KeyError:\n    b()",
    ),
    "choice left out": ("return a if b else c", "return a"),
    "name": ("return a + a", "return b + a"),
    "attribute": ("return a.left + a.top", "return a.top + a.top"),
    "callee": ("return max(a)", "return min(a)"),
    "number": ("return a[0]", "return a[1]"),
    "constant": ("return b(a, strict=True)", "return b(a, strict=False)"),
    "operator": ("return (a) <= (b)", "return (a) < (b)"),
    "off by one": ("return a[:b]", "return a[:b - 1]"),
    "negated": ("if a:\n    return b", "if not a:\n    return b"),
    "exception": ("raise KeyError(a)", "raise ValueError(a)"),
    "arguments swapped": ("return c((a), b)", "return c(b, (a))"),
    "operands swapped": ("return a - (b + c)", "return (b + c) - a"),
    "statements swapped": ("a.x()\nb.y()", "b.y()\na.x()"),
    "indent": ("for b in a:\n    b()\n    c()\nreturn a", "for b in a:\n    b()\nc()\nreturn a"),
    "leaving": ("for b in a:\n    if b:\n        break", "for b in a:\n    if b:\n        continue"),
    "one too many": ("return a", "return len(a)"),
}


def function(body: str) -> str:
    return f"def f(a, b, c):\n{textwrap.indent(body, '    ')}\n"


def made(code: str, kind: str) -> list[str]:
    return [code[:start] + text + code[end:] for start, end, text, _ in slips(code)[kind]]


def test_every_kind_has_an_example() -> None:
    assert set(CODE) == set(KINDS)


@pytest.mark.parametrize("kind", CODE)
def test_a_slip_is_made_where_it_can_be(kind: str) -> None:
    right, wrong = map(function, CODE[kind])

    assert wrong in made(right, kind)


def test_what_is_left_out_is_not_crowded_out_by_names() -> None:
    """A function has many names and one guard, and people forget guards."""
    code = function("if a is None:\n    return b\nreturn a + b + c + a * b * c")
    by_kind, dice = slips(code), random.Random(1)

    kinds = Counter(drawn(by_kind, dice)[0] for _ in range(500))

    assert kinds["guard left out"] > kinds["name"] / 2 > 0


def test_bugs_parse_and_the_fix_brings_the_code_back() -> None:
    code = function("for b in a:\n    if (b.left and\n            not b.right):\n        c = b.pop(0)[1:]\nreturn c")
    bugs = list(mutants(code, 30, random.Random(2)))

    assert len(bugs) == 30
    for bug in bugs:
        ast.parse(bug.code)
        lines = bug.code.splitlines(keepends=True)
        count = bug.fix.old.count("\n")
        lines[bug.fix.first : bug.fix.first + count] = [bug.fix.new]
        assert "".join(lines) == code


def test_texts_in_f_strings_are_left_alone() -> None:
    """Where their parts stand is not known before Python 3.12."""
    code = function("b = b.lower()\nreturn f'{a + 1} {b.left}'")

    bugs = list(mutants(code, 20, random.Random(1)))

    assert bugs
    assert all("f'{a + 1} {b.left}'" in bug.code for bug in bugs if "return" in bug.code)
