"""Sequences in a tree are what they were one by one: the same tokens at the same places, and nobody else's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autogpt.models.trie import Trie, joined

JUDGE = 9
sequences = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=6), min_size=1, max_size=8)


def row(asked: list[list[int]]) -> tuple[list[int], list[int], list[int]]:
    trie = Trie()
    for sequence in asked:
        trie.end(sequence)
    return trie.tokens, trie.parents, trie.ends


@given(st.lists(sequences, min_size=1, max_size=3))
def test_a_judge_sees_its_own_sequence_in_order(rows: list[list[list[int]]]) -> None:
    """Whatever else is in its row, and however much the row was filled up."""
    tokens, positions, seen = joined([row(asked) for asked in rows], JUDGE)

    most = max(len(asked) for asked in rows)
    for index, asked in enumerate(rows):
        for column, sequence in enumerate(asked):
            judge = tokens.shape[1] - most + column
            places = sorted(seen[index, judge].nonzero()[0], key=lambda place: positions[index, place])
            assert [int(tokens[index, place]) for place in places] == [*sequence, JUDGE]
            assert [int(positions[index, place]) for place in places] == list(range(len(sequence) + 1))


def test_what_sequences_share_is_there_once() -> None:
    tokens, parents, ends = row([[1, 2, 3], [1, 2, 4], [1, 2]])

    assert tokens == [1, 2, 3, 4]
    assert parents == [-1, 0, 1, 1] and ends == [2, 3, 1]


def test_every_place_sees_something() -> None:
    """A row of a softmax over nothing is no number, and would spread to all."""
    _, _, seen = joined([row([[1, 2, 3]]), row([[1]])], JUDGE)

    assert seen.any(-1).all()
