"""Wrong versions must be wrong in one place each, and must still be programs."""

from __future__ import annotations

import ast

import pytest

from autogpt.agent.mutate import mutants


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("x = a + b", "x = (a - b)"),
        ("x = a if a < b else b", "x = a if (not (a < b)) else b"),
        ("x = a and b", "x = (a or b)"),
        ("x = 3", "x = 4"),
        ("x = True", "x = False"),
        ("x = 'ä' + c * d", "x = ('ä' - c * d)"),
        ("x = f(y)", None),
        ("x = (", None),
    ],
)
def test_a_line_and_its_wrong_version(line: str, version: str | None) -> None:
    assert [text for _, text in mutants(line, {1})] == ([version] if version else [])


def test_only_the_given_lines_are_touched_and_each_once() -> None:
    source = "def f(a, b):\n    if a > b:\n        return a - b + 1\n    return True\n\n\ndef g(a):\n    return a + 1\n"
    found = dict(mutants(source, {2, 3, 4}))
    assert sorted(found) == [2, 3, 4] and all(ast.parse(text) for text in found.values())
    assert "if (not (a > b)):" in found[2] and "return (None)" in found[3] and "return False" in found[4]
    assert all(text.endswith("return a + 1\n") for text in found.values())
