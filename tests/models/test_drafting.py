"""Guessing well saves time; guessing wrong must cost no more than time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from autogpt.models.drafting import Drafter


def write(prompt: Sequence[int], wanted: Sequence[int]) -> tuple[list[int], int]:
    """Write `wanted` as a model would, checking guesses; what was written and in how many steps."""
    drafter, written, steps = Drafter(prompt), list[int](), 0
    while len(written) < len(wanted):
        draft = drafter.draft(len(wanted) - len(written) - 1)
        right = 0
        while right < len(draft) and draft[right] == wanted[len(written) + right]:
            right += 1
        new = list(wanted[len(written) : len(written) + right + 1])
        drafter.accept(len(draft), right, new)
        written += new
        steps += 1
    return written, steps


@given(st.lists(st.integers(0, 5), max_size=60), st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_what_is_written_never_depends_on_the_guesses(prompt: list[int], wanted: list[int]) -> None:
    written, steps = write(prompt, wanted)
    assert written == wanted and steps <= len(wanted)


def test_a_copy_takes_few_steps() -> None:
    text = list(range(1000, 1400))
    _, steps = write(text, text[50:350])
    assert steps <= 25


def test_a_changed_token_does_not_end_the_copy() -> None:
    """A renamed variable inside a copied function is the usual edit."""
    text = list(range(1000, 1300))
    changed = [*text[:100], 7, *text[101:200], 8, *text[201:]]
    _, steps = write(text, changed)
    assert steps <= 35


def test_nothing_is_guessed_without_a_precedent() -> None:
    assert Drafter([1, 2, 3, 4]).draft(10) == []


def test_a_guess_keeps_to_its_limit() -> None:
    drafter = Drafter([1, 2, 3, 4, 5, 6, 7, 1, 2, 3])
    assert drafter.draft(2) == [4, 5] and drafter.draft(0) == []
