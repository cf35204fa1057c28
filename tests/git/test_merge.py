"""A three-way merge changes what the proposal changes, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autogpt.git.merge import three_way

BASE = b"1\n2\n3\n4\n5\n6\n7\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        (BASE, b"new\n", b"new\n"),
        (b"mine\n", BASE, b"mine\n"),
        (b"0\n" + BASE, BASE + b"8\n", b"0\n" + BASE + b"8\n"),
        (BASE.replace(b"2", b"two"), BASE.replace(b"2", b"two"), BASE.replace(b"2", b"two")),
        (BASE.replace(b"\n", b"\r\n"), BASE.replace(b"3", b"x"), BASE.replace(b"3", b"x").replace(b"\n", b"\r\n")),
    ],
)
def test_what_goes_together_is_merged(ours: bytes, theirs: bytes, wanted: bytes) -> None:
    assert three_way(BASE, ours, theirs).data == wanted


def test_marks_in_the_text_itself_are_no_conflict() -> None:
    text = b"<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n" + BASE
    merged = three_way(text, text + b"mine\n", b"top\n" + text)

    assert merged.data == b"top\n" + text + b"mine\n" and not merged.conflict


def test_the_line_of_a_conflict_is_that_of_ours() -> None:
    merged = three_way(BASE, b"0\n" + BASE.replace(b"5", b"mine"), BASE.replace(b"5", b"theirs"))

    assert merged.conflict and merged.line == 6


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n"]), max_size=6).map(b"".join)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, LINES)
def test_one_side_alone_always_wins(base: bytes, changed: bytes) -> None:
    assert three_way(base, base, changed).data == changed == three_way(base, changed, changed).data
    assert three_way(base, changed, base).data == changed
