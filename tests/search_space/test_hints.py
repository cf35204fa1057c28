"""Words of a name and a docstring make the bodies they speak of cheaper than others."""

from __future__ import annotations

import pytest

from autogpt.search.synthesis.hints import hints_of


@pytest.mark.parametrize(
    ("docstring", "meant", "other"),
    [
        ("The sum of the even numbers.", "sum(n for n in numbers if n % 2 == 0)", "sum(n for n in numbers if n < 3)"),
        ("The longest word.", "max(words, key=len)", "max(words)"),
        ("The words backwards.", "[word[::-1] for word in words]", "[word[1:] for word in words]"),
        ("The words, in order.", "[word for word in words]", "sorted(word for word in words)"),
        ("Words of more than 4 letters.", "[w for w in words if len(w) >= 5]", "[w for w in words if len(w) > 2]"),
        ("Words with a `r`.", '[w for w in words if "r" in w]', "[w for w in words if w[1:]]"),
        ("3 more than the first.", "numbers[0] + 3", "numbers[0] + 3 * (3 - numbers[1])"),
        ("The first word.", "words[0]", "min(words)"),
        ("The longest word, the first of several.", "max(words, key=len)", "max(words[:-1], key=len)"),
        ("The smallest above 2.", "min(n for n in numbers if n > 2)", "max(n for n in numbers if n > 2)"),
        ("Numbers of at most 5.", "[n for n in numbers if n <= 5]", "[n for n in numbers if n < 5]"),
        ("The first letters.", "[word[0] for word in words]", "[word[-1] for word in words]"),
    ],
)
def test_what_is_said_is_cheaper(docstring: str, meant: str, other: str) -> None:
    hints = hints_of("f", docstring)
    assert hints.cost(meant) < hints.cost(other)


def test_the_name_speaks_too_and_other_languages_say_nothing() -> None:
    assert hints_of("count_odd", "").cost("sum(1 for n in numbers if n % 2)") == 0
    assert hints_of("f", "Zähle die Wörter.").asked == ()
