"""Suspicion: what failing tests run and passing tests do not, what a traceback names, what such lines read."""

from __future__ import annotations

from autogpt.feedback.report import Frame, TestOutcome
from autogpt.search.clusters import cluster
from autogpt.search.localise import Spectrum, localise
from autogpt.search.space.source import Source

TEXT = """\
LIMIT = 3
OTHER = 4


def low(value):
    if value < LIMIT:
        return True
    return False


def high(value, most=9):
    result = (
        value
        > most
    )
    return result


def unused():
    return OTHER
"""
SOURCES = {"a.py": Source("a.py", TEXT)}
TESTS = frozenset({"test_a.py"})


def failed(id: str, *frames: Frame) -> TestOutcome:
    return TestOutcome(id, "failed", frames=(Frame("test_a.py", 3, "test", "assert high(3)"), *frames))


def test_a_line_that_only_failing_tests_run_is_the_most_suspicious() -> None:
    spectrum = Spectrum({"f": {"a.py": [6, 7]}}, {"p": {"a.py": [6, 8]}, "q": {"a.py": [6, 8]}})

    found = localise(spectrum, [failed("f")], SOURCES, TESTS)

    assert found.at("a.py", 7) > found.at("a.py", 6) > found.at("a.py", 8) > 0
    assert found.functions[0][:2] == ("a.py", "low")


def test_what_all_failing_tests_run_comes_before_what_some_of_them_do() -> None:
    """By the coefficient alone they are alike, but one fault is to explain them all."""
    spectrum = Spectrum({"f": {"a.py": [6, 7]}, "g": {"a.py": [6, 8]}}, {"p": {"a.py": [6]}, "q": {"a.py": [6]}})

    found = localise(spectrum, [failed("f"), failed("g")], SOURCES, TESTS)

    assert found.at("a.py", 6) > found.at("a.py", 7) == found.at("a.py", 8) > 0


def test_every_line_of_a_statement_is_as_suspicious_as_the_one_that_is_traced() -> None:
    """A tracer names the line of the first operand; an operator may stand on another one."""
    found = localise(Spectrum({"f": {"a.py": [13, 16]}}), [failed("f")], SOURCES, TESTS)

    assert found.at("a.py", 12) == found.at("a.py", 14) == found.at("a.py", 15) == found.at("a.py", 13) > 0


def test_a_constant_is_suspected_through_what_reads_it() -> None:
    """It was run when the module was imported, so no test's lines hold it. Nothing suspicious reads OTHER."""
    found = localise(Spectrum({"f": {"a.py": [6, 8]}}), [failed("f")], SOURCES, TESTS)

    assert 0 < found.at("a.py", 1) < found.at("a.py", 6)
    assert found.at("a.py", 2) == 0


def test_defaults_of_a_suspicious_function_are_suspected() -> None:
    found = localise(Spectrum({"f": {"a.py": [12, 16]}}), [failed("f")], SOURCES, TESTS)

    assert 0 < found.at("a.py", 11) < found.at("a.py", 16)


def test_the_frame_that_raised_stands_out_among_lines_that_ran_alike() -> None:
    spectrum = Spectrum({"f": {"a.py": [12, 16, 6]}})

    found = localise(spectrum, [failed("f", Frame("a.py", 16, "high"))], SOURCES, TESTS)

    assert found.at("a.py", 16) > found.at("a.py", 6)


def test_without_any_lines_the_name_in_the_failing_assertion_is_the_hint() -> None:
    """In a project whose tests run it in other processes nothing else is known."""
    found = localise(Spectrum(), [failed("f")], SOURCES, TESTS)

    assert [name for _, name, _ in found.functions] == ["high"]


def test_tests_with_nothing_in_common_are_searched_apart() -> None:
    spectrum = Spectrum(
        {"f": {"a.py": [6, 7]}, "g": {"a.py": [12, 16]}, "h[1]": {"a.py": [20]}, "h[2]": {"a.py": [1]}},
        {"p": {"a.py": [6]}},
    )
    outcomes = [failed("f"), failed("g"), failed("h[1]"), failed("h[2]")]

    assert cluster(outcomes, spectrum, TESTS) == [("h[1]", "h[2]"), ("f",), ("g",)]


def test_tests_that_fail_at_one_place_are_searched_together() -> None:
    place = Frame("a.py", 20, "unused")
    outcomes = [failed("f", place), failed("g"), failed("h", place)]

    assert cluster(outcomes, Spectrum(), TESTS) == [("f", "h"), ("g",)]


def test_what_bound_a_name_that_the_failing_line_reads_is_suspicious() -> None:
    text = """\
def f(items):
    other = list(items)
    found = None
    for item in other:
        found.append(item)
    return found
"""
    spectrum = Spectrum({"f": {"b.py": [2, 3, 4, 5]}}, {"p": {"b.py": [2, 3, 4, 6]}})

    found = localise(spectrum, [failed("f", Frame("b.py", 5, "f", ""))], {"b.py": Source("b.py", text)}, TESTS)

    assert found.at("b.py", 5) > found.at("b.py", 3) > found.at("b.py", 2) > 0


def test_so_are_a_loop_that_bound_it_and_what_bound_what_that_read() -> None:
    text = """\
def f(items):
    other = 1
    pairs = list(items)
    for name, number in pairs:
        found = number - name
    return found
"""
    spectrum = Spectrum({"f": {"b.py": [2, 3, 4, 5]}}, {"p": {"b.py": [2, 3, 4, 6]}})

    found = localise(spectrum, [failed("f", Frame("b.py", 5, "f", ""))], {"b.py": Source("b.py", text)}, TESTS)

    assert found.at("b.py", 4) > found.at("b.py", 3) > found.at("b.py", 2) > 0


def test_the_condition_that_leads_to_a_suspicious_line_is_suspicious() -> None:
    spectrum = Spectrum({"f": {"a.py": [6, 7]}}, {name: {"a.py": [6, 8]} for name in "pqrst"})

    found = localise(spectrum, [failed("f")], SOURCES, TESTS)

    assert found.at("a.py", 7) > found.at("a.py", 6) > 0.7
