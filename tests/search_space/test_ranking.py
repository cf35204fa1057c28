"""Of edits that pass the same tests the one that a person would have made comes first: each case is two rivals."""

from __future__ import annotations

from textwrap import dedent

import pytest

from autogpt.search.edit import Edit, paired
from autogpt.search.naturalness import gain, habits_of
from autogpt.search.ranking import Evidence, doubt, order_key, plausibility, ranked


def edit(text: str, old: str, new: str, where: str, cost: float = 3.0) -> Edit:
    start = text.index(old)
    return Edit("m.py", start, start + len(old), new, "test", where, text.count("\n", 0, start) + 1, cost)


RIVALS = {
    "a parameter that nothing read": (
        "def f(a, b, c):\n    return a + b * b\n",
        ("b * b", "b * c"),
        ("b * b", "b * 3"),
        "def test_f():\n    assert f(1, 2, 3) == 7\n",
    ),
    "a value that only the tests know": (
        "def f(n):\n    if n > 10:\n        return 1\n    return n\n",
        ("n > 10", "n >= 10"),
        ("n > 10", "n == 4711"),
        "def test_f():\n    assert f(4711) == 1\n",
    ),
    "a condition that is always true": (
        "def f(a, b):\n    if a < b:\n        return a\n    return b\n",
        ("a < b", "a > b"),
        ("a < b", "a == a"),
        "",
    ),
    "statements that nothing reaches": (
        "def f(a):\n    x = a - 1\n    return x\n",
        ("a - 1", "a + 1"),
        ("x = a - 1", "return a + 1"),
        "",
    ),
    "a check that was taken away": (
        "def f(a):\n    if a < 0:\n        raise ValueError(a)\n    return a\n",
        ("a < 0", "a <= 0"),
        ("if a < 0:\n        raise ValueError(a)\n    return a", "return a"),
        "",
    ),
    "a local that was computed for nothing": (
        "def f(xs):\n    total = sum(xs)\n    count = len(xs)\n    return total / total\n",
        ("total / total", "total / count"),
        ("total / total", "total / 2"),
        "",
    ),
    "what the docstring says": (
        'def f(values, limit):\n    """At least the limit."""\n    return [v for v in values if v > limit]\n',
        ("v > limit", "v >= limit"),
        ("v > limit", "v != limit"),
        "",
    ),
    "an exception that was caught": (
        "def f(a):\n    try:\n        return int(a)\n    except OverflowError:\n        return None\n",
        ("OverflowError", "(OverflowError, ValueError)"),
        ("OverflowError", "ValueError"),
        "",
    ),
    "a name that was given to itself": (
        "def f(xs, c):\n    a = b = 0\n    for x in xs:\n        a, b = a, x\n    return c if a and b else 0\n",
        ("a, b = a, x", "a, b = b, x"),
        ("a and b", "a and c"),
        "",
    ),
    "what the code asserts": (
        "def f(a, b):\n    c = a + b\n    assert c == a\n    return c\n",
        ("a + b", "a - b"),
        ("c == a", "c != a"),
        "",
    ),
    "the same code twice": (
        "def f(a):\n    a.open()\n    a.read()\n    a.close()\n",
        ("a.read()", "a.write()"),
        ("a.read()", "a.open()"),
        "",
    ),
}


@pytest.mark.parametrize(("text", "better", "worse", "test"), RIVALS.values(), ids=RIVALS)
def test_the_more_plausible_of_two_rivals_wins(
    text: str, better: tuple[str, str], worse: tuple[str, str], test: str
) -> None:
    """Equal costs, so that only what the edits say decides."""
    one, other = (edit(text, old, new, "f") for old, new in (better, worse))

    found = ranked([other, one], {"m.py": text}, Evidence(tests=(test,)))

    assert [best for _, best in found] == [one, other]


def test_the_cheaper_of_two_like_edits_wins() -> None:
    text = "def f(a, b):\n    return a < b\n"
    cheap, dear = edit(text, "<", "<=", "f", 1.0), edit(text, "<", ">=", "f", 3.0)

    assert ranked([dear, cheap], {"m.py": text}, Evidence())[0][1] is cheap


def test_one_edit_is_better_than_the_same_and_another() -> None:
    text = "def f(a, b):\n    c = a + 1\n    return c < b\n"
    one, other = edit(text, "<", "<=", "f", 1.0), edit(text, "+", "-", "f", 1.0)

    assert ranked([paired(one, other), one], {"m.py": text}, Evidence())[0][1] is one


def test_a_suspicious_line_counts() -> None:
    text = "def f(a, b):\n    c = a < b\n    return c, a < b\n"
    first = edit(text, "c = a < b", "c = a <= b", "f")
    second = edit(text, "c, a < b", "c, a <= b", "f")

    assert ranked([first, second], {"m.py": text}, Evidence(), [0.1, 0.9])[0][1] is second
    assert order_key(first, 0.1) > order_key(first, 0.9)


def test_code_that_does_not_parse_is_the_least_plausible() -> None:
    text = "def f(a):\n    return a\n"
    broken = edit(text, "return a", "return a +", "f")

    assert plausibility(text, "def f(a):\n    return a +\n", broken, Evidence()) < -15


def test_code_is_more_natural_when_the_file_says_it_elsewhere() -> None:
    text = dedent("""
        def one(items, key):
            return items.get(key, None)

        def two(items, key):
            return items.get(key, None)

        def three(items, key):
            return items.get(items, None)
    """)

    assert gain(text, text.replace("get(items", "get(key")) > 0.5


def test_a_step_towards_what_the_file_says_elsewhere_pays_and_one_away_from_it_costs() -> None:
    text = "a = one(b, c)\nd = one(b, c)\ne = one(b, d)\nrare(e)\n"
    habits = habits_of(text)

    towards = habits.step("\n\ne = one(b, d)\n", "\n\ne = one(b, c)\n")
    away = habits.step("\n\na = one(b, c)\n", "\n\na = one(b, rare)\n")

    assert towards > 1.0
    assert away < 0.0
    assert habits.step("\n\nrare(e)\n", "\n\nrare(e)  # the same\n") == 0.0


def test_what_speaks_against_an_edit_does_not_depend_on_how_usual_it_is() -> None:
    text = "def f(a, b):\n    c = a + b\n    assert c == a\n    return c\n"

    silenced = doubt(edit(text, "c == a", "c != a", "f", cost=0.1), {"m.py": text}, Evidence())
    mended = doubt(edit(text, "a + b", "a - b", "f", cost=9.0), {"m.py": text}, Evidence())

    assert silenced >= 2.0 and mended == 0.0


def test_a_return_speaks_against_itself_by_what_it_skips() -> None:
    def against(statements: int) -> float:
        text = "def f(a, b):\n    if b:\n        a.x()\n" + "    a.y()\n" * statements
        return doubt(edit(text, "a.x()\n", "a.x()\n        return\n", "f"), {"m.py": text}, Evidence())

    assert against(1) < 1.0 < against(10) < against(40)
