"""Hunks are the unit of review: a wrong one writes over what a person typed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autogpt.git.blocks import decoded, split_lines
from autogpt.worker.hunks import hunks_of, merge, same_text

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d\r\n", "emoji 🙂\n"]), max_size=9).map("".join)
TEXTS = st.tuples(LINES, st.sampled_from(["", "end", "x"])).map("".join)

BASE = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
NEW = "one\nTWO\nthree\nfour\nfive\nsix\nSEVEN\neight\n"


@given(TEXTS, TEXTS)
def test_all_hunks_over_the_base_give_the_proposal(base: str, new: str) -> None:
    """The simplest case must be exact for every text, final newline and line ends included."""
    merged = merge("f", base, new, base)

    assert not merged.conflicts
    assert merged.text == new or ("\r\n" in base + new and same_text(merged.text, new))


@given(TEXTS, TEXTS)
def test_a_proposal_that_is_there_already_changes_nothing(base: str, new: str) -> None:
    """Applying twice, or after the person typed the same, must not write it a second time."""
    merged = merge("f", base, new, new)

    assert merged.text == new and not merged.conflicts


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_what_was_applied_can_be_taken_back(base: str, new: str) -> None:
    """Revert is the same merge with the sides swapped."""
    applied = merge("f", base, new, base).text

    assert same_text(merge("f", applied, base, applied).text, base)


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_hunks_applied_one_by_one_in_any_order_give_the_proposal(order: tuple[int, ...]) -> None:
    hunks = hunks_of("f", BASE, NEW)
    text = BASE
    for index in order:
        merged = merge("f", BASE, NEW, text, {hunks[index].id})
        assert merged.done == (hunks[index].id,)
        text = merged.text

    assert text == NEW


def test_a_chosen_hunk_leaves_the_others_out() -> None:
    first, second = hunks_of("f", BASE, NEW)

    assert merge("f", BASE, NEW, BASE, {first.id}).text == BASE.replace("two", "TWO")
    assert merge("f", BASE, NEW, BASE, {second.id}).text == BASE.replace("seven\n", "SEVEN\neight\n")


def test_edits_elsewhere_stay() -> None:
    """The person went on typing while the run was at work."""
    current = "zero\n" + BASE.replace("four", "vier")

    merged = merge("f", BASE, NEW, current)

    assert merged.text == "zero\n" + NEW.replace("four", "vier") and not merged.conflicts


def test_a_hunk_on_changed_lines_is_a_conflict_and_the_others_go_through() -> None:
    current = BASE.replace("two", "zwei")

    merged = merge("f", BASE, NEW, current)

    assert merged.text == current.replace("seven\n", "SEVEN\neight\n")
    assert [(clash.line, clash.hunk) for clash in merged.conflicts] == [(2, hunks_of("f", BASE, NEW)[0].id)]


def test_a_change_on_the_line_next_to_a_hunk_is_a_conflict() -> None:
    """As in git: what touches belongs together, and guessing an order would be wrong half the time."""
    assert merge("f", "a\nb\nc\n", "a\nB\nc\n", "A\nb\nc\n").conflicts


def test_ids_are_stable_and_differ_for_equal_changes() -> None:
    """The client sends back an id it got before the worker was restarted."""
    base, new = "x\n1\n2\nx\n3\n4\n", "y\n1\n2\ny\n3\n4\n"

    ids = [hunk.id for hunk in hunks_of("f", base, new)]

    assert ids == [hunk.id for hunk in hunks_of("f", base, new)] and len(set(ids)) == 2


def test_line_ends_of_the_editor_are_kept() -> None:
    """The working file has CRLF, the repository LF: the merge must not turn every line into a change."""
    merged = merge("f", "a\nb\nc\n", "a\nB\nc\n", "a\r\nb\r\nc\r\n")

    assert merged.text == "a\r\nB\r\nc\r\n"


def test_created_and_deleted_files_are_one_hunk() -> None:
    assert [hunk.new_count for hunk in hunks_of("f", None, "a\nb\n")] == [3]
    assert [hunk.base_count for hunk in hunks_of("f", "a\n", None)] == [2]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, None),
        (b"\xef\xbb\xbfa\n", "a\n"),
        ("ä\n".encode("utf-16"), "ä\n"),
        (b"\xe4\n", "ä\n"),
        (b"a\0b", None),
        ("🙂".encode(), "🙂"),
    ],
)
def test_bytes_become_what_an_editor_shows(data: bytes | None, text: str | None) -> None:
    assert decoded(data) == text


def test_lines_end_where_editors_end_them() -> None:
    """Not at a form feed or U+2028, where `str.splitlines` does."""
    assert split_lines("a\x0cb\u2028c\rd\r\ne\n") == ["a\x0cb\u2028c\r", "d\r\n", "e\n", ""]
