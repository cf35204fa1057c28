"""Suspicion as places: what a person is shown beside a failing test."""

from __future__ import annotations

from autogpt.events import Place
from autogpt.search.localise import Spectrum, localise
from autogpt.search.space.source import Source
from autogpt.search.suspects import MAX_PLACES, places_of
from tests.search.test_localise import SOURCES, TESTS, failed


def test_the_most_suspicious_statement_comes_first_with_its_function_and_text() -> None:
    """Lines of statements that only share in the suspicion of others are left out."""
    spectrum = Spectrum({"f": {"a.py": [6, 7]}}, {"p": {"a.py": [6, 8]}, "q": {"a.py": [6, 8]}})

    found = places_of(localise(spectrum, [failed("f")], SOURCES, TESTS), SOURCES)

    assert found[0] == Place("a.py", 7, "low", "return True")
    assert [place.line for place in found] == [7, 6]


def test_a_statement_of_several_lines_is_one_place() -> None:
    spectrum = Spectrum({"f": {"a.py": [12, 13]}}, {})

    found = places_of(localise(spectrum, [failed("f")], SOURCES, TESTS), SOURCES)

    assert found[0] == Place("a.py", 12, "high", "result = (")
    assert 13 not in [place.line for place in found]


def test_a_long_function_does_not_flood_the_list() -> None:
    text = "def long():\n" + "".join(f"    a{i} = {i}\n" for i in range(50))
    sources = {"a.py": Source("a.py", text)}
    spectrum = Spectrum({"f": {"a.py": list(range(2, 52))}}, {})

    assert len(places_of(localise(spectrum, [failed("f")], sources, TESTS), sources)) == MAX_PLACES


def test_nothing_under_suspicion_is_no_place() -> None:
    assert places_of(localise(Spectrum(), [], SOURCES, TESTS), SOURCES) == ()
