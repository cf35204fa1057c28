"""Enough is kept back to tell a repair from a trick, and enough is shown to make one."""

from __future__ import annotations

import random

from benchmarks.repair.split import SECONDS_AT_MOST, SHOWN_AT_MOST, Site, Split, function_of, split_tests
from benchmarks.repair.suite import TestFacts


def facts(count: int, seconds: float = 0.01) -> dict[str, TestFacts]:
    """Tests with two parameters each, the functions ten lines apart."""
    return {
        f"t.py::test_{number}[{letter}]": TestFacts("passed", seconds, ("t.py", 10 * number))
        for number in range(count)
        for letter in "ab"
    }


def split(tests: dict[str, TestFacts], failing: int, cuttable: set[Site] | None = None) -> Split | None:
    failed = {f"t.py::test_{number}[a]" for number in range(failing)}
    places = {fact.site for fact in tests.values()}
    return split_tests(tests, failed, set(tests), places if cuttable is None else cuttable, random.Random(7))


def test_a_single_failing_test_is_shown() -> None:
    shown = split(facts(10), failing=1)

    assert shown and shown.failing == ("t.py::test_0",) and shown.hidden == ()


def test_a_third_of_several_failing_tests_is_kept_back() -> None:
    shown = split(facts(10), failing=6)

    assert shown and len(shown.failing) == 4 and len(shown.hidden) == 2
    assert not set(shown.failing) & set(shown.hidden)


def test_one_of_two_is_kept_back() -> None:
    shown = split(facts(10), failing=2)

    assert shown and len(shown.failing) == len(shown.hidden) == 1


def test_half_of_the_passing_tests_are_shown() -> None:
    shown = split(facts(11), failing=1)

    assert shown and len(shown.keep["t.py"]) == 1 + 5


def test_what_is_shown_stays_small_and_quick() -> None:
    many, slow = split(facts(100), failing=1), split(facts(100, seconds=SECONDS_AT_MOST / 8), failing=1)

    assert many and len(many.keep["t.py"]) == 1 + SHOWN_AT_MOST
    assert slow and len(slow.keep["t.py"]) == 1 + 4


def test_a_failing_test_that_cannot_be_hidden_makes_no_bug() -> None:
    assert split(facts(10), failing=1, cuttable=set()) is None


def test_a_test_function_is_named_without_its_parameters() -> None:
    assert function_of("a/t.py::TestX::test_y[1::2[3]]") == "a/t.py::TestX::test_y"
