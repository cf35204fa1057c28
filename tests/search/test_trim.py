"""A repair must hold nothing that is not needed: whoever reviews it pays for every line."""

from __future__ import annotations

import pytest

from autogpt.search.edit import Edit, paired
from autogpt.search.trim import trimmed


def edit(name: str, cost: float = 1.0) -> Edit:
    start = ord(name) * 10
    return Edit("m.py", start, start + 1, name, "wrap", "f", 1, cost)


def passes(edit: Edit) -> set[str]:
    """`a` fixes t1, `b` with `c` fixes t2, and `d` fixes t2 too."""
    made = {one.text for one in edit.singles()}
    fixed = {"t1": "a" in made, "t2": "d" in made or {"b", "c"} <= made}
    return {test for test, is_fixed in fixed.items() if is_fixed}


@pytest.mark.parametrize(
    ("made", "left"),
    [("a", "a"), ("ab", "a"), ("abc", "abc"), ("ad", "ad"), ("abcd", "ad"), ("bc", "bc")],
)
def test_what_is_idle_goes(made: str, left: str) -> None:
    whole = edit(made[0])
    for name in made[1:]:
        whole = paired(whole, edit(name, cost=0.5 if name == "d" else 2.0))
    kept = trimmed(whole, passes, remaining=60.0)
    assert "".join(sorted(one.text for one in kept.singles())) == left
    assert passes(kept) == passes(whole)


def test_without_time_nothing_is_taken_out() -> None:
    whole = paired(edit("a"), edit("b"))
    assert trimmed(whole, passes, remaining=0.0) == whole
