"""Words choose among tests that no example tells apart."""

from __future__ import annotations

import pytest

from autogpt.search.synthesis.relations import Contains, Relation, relations_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Return the words of at most 5 letters.", [Relation("<=", 5)]),
        ("Return the words of no more than five letters.", [Relation("<=", 5)]),
        ("Return whether there are 3 or more.", [Relation(">=", 3)]),
        ("Words longer than 4 letters and shorter than\n    9.", [Relation(">", 4), Relation("<", 9)]),
        ("The numbers above zero", [Relation(">", 0)]),
        ("The non-negative numbers", [Relation(">=", 0)]),
        ("The positive, even ones", [Relation(">", 0), Relation("%", 2)]),
        ("Keep it even if it is odd", [Relation("!%", 2)]),
        ("Multiples of -3", [Relation("%", -3)]),
        ("Words that start with `x` and end in 'ly'", [Contains("startswith", "x"), Contains("endswith", "ly")]),
        ('Lines containing "Err"', [Contains("in", "Err")]),
        ("2 more than each number, to version 1.5", []),
        ("More than 1.5 times", []),
    ],
)
def test_what_is_spoken_of(text: str, found: list[Relation | Contains]) -> None:
    assert list(relations_in(text)) == found


@pytest.mark.parametrize(
    ("relation", "meant", "other"),
    [
        (
            Relation("<=", 5),
            ("x <= 5", "x < 6", "5 >= x", "if x > 5:", "min(x, 5)", "x[:5]"),
            ("x < 5", "x <= 50", "x"),
        ),
        (Relation(">", 0), ("x > 0", "0 < x", "x >= 1"), ("x >= 0", "x > 0.5", "x != 0")),
        (Relation("%", 3), ("x % 3 == 0", "not x % 3"), ("x % 30", "x // 3")),
        (Contains("startswith", "a"), ('x.startswith("a")', 'x[0] == "a"'), ("x.endswith('a')",)),
    ],
)
def test_code_that_may_stand_for_it(relation: Relation, meant: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert [code for code in meant if not relation.pattern.search(code)] == []
    assert [code for code in other if relation.pattern.search(code)] == []


def test_the_comparison_is_of_a_number_or_of_a_length() -> None:
    number, text = Relation("<=", 2).over("x", (1, 2, 3), "int"), Relation("<=", 2).over("x", ("a", "abc"), "str")

    assert number is not None and (number.text, number.values) == ("x <= 2", (True, True, False))
    assert text is not None and (text.text, text.values) == ("len(x) <= 2", (True, False))
    assert Relation("%", 2).over("x", ("a",), "str") is None
