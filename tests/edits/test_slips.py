"""Edits with every kind of slip, on this package's own sources: none may land in another place than the one meant."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

import autogpt.edits
from benchmarks.edits.__main__ import outcome, whole
from benchmarks.edits.cases import SLIPS, Case, make_cases

SOURCES = sorted(Path(autogpt.edits.__file__).parent.glob("*.py"))


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Counter[str]]:
    """Outcomes by kind of slip, for two changed blocks of each file."""
    rng = random.Random(3)
    cases: list[Case] = [case for path in SOURCES for case in make_cases(path, rng, 2)]
    found: dict[str, Counter[str]] = {kind: Counter() for kind in SLIPS}
    for case in cases:
        result = whole(case.path)(case.lines, case.search, case.replace)
        found[case.kind][outcome(case, result)] += 1
    return found


@pytest.mark.parametrize("kind", SLIPS)
def test_no_edit_lands_in_the_wrong_place(outcomes: dict[str, Counter[str]], kind: str) -> None:
    """A refusal costs one more answer; text changed elsewhere in silence may cost the person's trust."""
    assert outcomes[kind].total() > 0 and outcomes[kind]["wrong place"] == 0


@pytest.mark.parametrize("kind", ["block twice", "twin, shifted", "elision, REPLACE"])
def test_what_can_not_be_decided_is_refused(outcomes: dict[str, Counter[str]], kind: str) -> None:
    assert outcomes[kind]["refused"] == outcomes[kind].total()


@pytest.mark.parametrize("kind", ["none", "dedented", "indented", "tabs for spaces", "trailing spaces", "look-alikes"])
def test_slips_of_spelling_and_indentation_cost_next_to_nothing(outcomes: dict[str, Counter[str]], kind: str) -> None:
    assert outcomes[kind]["right"] >= 0.85 * outcomes[kind].total()
