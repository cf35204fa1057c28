"""Edits as data: applied from the end, paired only when they leave each other alone."""

from __future__ import annotations

import pytest

from autogpt.search.edit import Edit, apply_edit, are_disjoint, paired


def edit(start: int, end: int, text: str, path: str = "a.py") -> Edit:
    return Edit(path, start, end, text, "kind", "f", 1, 1.0)


def test_a_pair_makes_both_replacements_whatever_their_order() -> None:
    """Offsets are those of the unedited text, so the later one must be made first."""
    pair = paired(edit(4, 5, "YY"), edit(0, 1, "XXX"))

    assert apply_edit(pair, {"a.py": "a + b"}) == {"a.py": "XXX + YY"}


def test_a_pair_reaches_into_two_files() -> None:
    pair = paired(edit(0, 1, "x"), edit(0, 1, "y", "b.py"))

    assert apply_edit(pair, {"a.py": "1", "b.py": "2", "c.py": "3"}) == {"a.py": "x", "b.py": "y"}


@pytest.mark.parametrize(
    ("one", "other", "disjoint"),
    [
        ((0, 2), (2, 4), True),
        ((2, 4), (0, 2), True),
        ((0, 3), (2, 4), False),
        ((0, 4), (1, 2), False),
        ((2, 2), (2, 2), False),
        ((2, 2), (2, 4), False),
    ],
)
def test_what_overlaps_or_begins_at_one_place_is_no_pair(
    one: tuple[int, int], other: tuple[int, int], disjoint: bool
) -> None:
    """The result would depend on which of the two is made first."""
    assert are_disjoint(edit(*one, "x"), edit(*other, "y")) is disjoint


def test_the_same_span_of_another_file_is_in_nobodys_way() -> None:
    assert are_disjoint(edit(0, 3, "x"), edit(0, 3, "y", "b.py"))
