"""The order of trying: priors and suspicion, what was learnt, pairs; and how results are judged."""

from __future__ import annotations

import pytest

from autogpt.search.edit import Edit
from autogpt.search.evaluate import IN_FLIGHT, most_in_flight
from autogpt.search.exam import Exam, Finding, judge, spread
from autogpt.search.generate import FileSpace, Generator
from autogpt.search.host_client import TestResult
from autogpt.search.localise import Suspicion
from autogpt.search.pool import Pairs, Pool
from autogpt.search.space.source import Source

TEXT = "def f(a, b):\n    if a < b:\n        return a + 1\n    return b\n\n\ndef g(a):\n    return a - 1\n"


def pool(lines: dict[int, float]) -> Pool:
    return Pool(Suspicion({"a.py": lines}, ()), Generator({"a.py": Source("a.py", TEXT)}, (), frozenset()))


def cost_of(statement: str, replacement: str) -> float:
    source = Source("b.py", f"def f(a, b, c):\n    {statement}\n")
    return next(one.cost for one in FileSpace(source).edits(2) if one.text == replacement)


def edit(name: str, start: int, cost: float = 1.0) -> Edit:
    return Edit("a.py", start, start + 1, name, name, "f", 2, cost)


def finding(one: Edit, *, fixed: tuple[str, ...] = (), moved: float = 0.0, changed: bool = False) -> Finding:
    verdict = "partial" if fixed else "bad"
    return Finding(one, verdict, fixed, moved=moved, changed=changed, effect=hash(one.text), ran=1)


def test_suspicious_lines_come_first_and_the_others_are_not_forgotten() -> None:
    one = pool({2: 1.0, 8: 0.2})
    lines: list[int] = []
    while (got := one.take()) is not None:
        lines.append(got[1].line)

    assert lines[:5] == [2] * 5
    assert 8 in lines


def test_all_edits_come_once_and_then_there_is_none() -> None:
    one = pool({8: 1.0})
    found: list[Edit] = []
    while (got := one.take()) is not None:
        found.append(got[1])

    assert len({(e.start, e.end, e.text) for e in found}) == len(found) > 20
    assert one.best_key() == float("inf")


def test_a_line_where_an_edit_brought_a_test_further_is_preferred() -> None:
    """Of two lines alike the one comes first that has shown an effect."""
    one = pool({2: 1.0, 8: 1.0})
    while (got := one.take()) is not None and got[1].line != 8:
        pass
    assert got is not None
    one.learn(got[0], finding(got[1], moved=1.0))

    following = [one.take() for _ in range(4)]
    assert all(pair is not None and (pair[1].line == 8 or pair[1].parts) for pair in following)


def test_half_a_repair_is_paired_before_anything_else() -> None:
    """With an edit that fixed a goal the other half is nearly a search for one edit."""
    pairs = Pairs()
    for index in range(10):
        pairs.add(2.0, finding(edit(f"x{index}", 2 * index)))
    half = edit("half", 50)
    pairs.add(3.0, finding(half, fixed=("t",)))

    first = pairs.take()

    assert first is not None and half in first[1].parts


def test_pairs_come_once_and_halves_that_touch_never() -> None:
    pairs = Pairs()
    for start in (0, 0, 4, 8):
        pairs.add(1.0, finding(edit("x", start)))
    found: list[frozenset[int]] = []
    while (got := pairs.take()) is not None:
        found.append(frozenset(part.start for part in got[1].parts))

    assert sorted(map(sorted, found)) == [[0, 4], [0, 4], [0, 8], [0, 8], [4, 8]]


def test_the_cheapest_pair_comes_first_whenever_its_halves_were_tried() -> None:
    """An expensive edit tried early does not hold up those that come after it."""
    pairs = Pairs()
    for start, key in ((0, 6.0), (4, 1.5), (8, 5.0), (12, 1.2)):
        pairs.add(key, finding(edit("x", start)))
    sums: list[float] = []
    while (got := pairs.take()) is not None:
        sums.append(sum({0: 6.0, 4: 1.5, 8: 5.0, 12: 1.2}[part.start] for part in got[1].parts))

    assert sums[0] == pytest.approx(2.7) and sums == sorted(sums) and len(sums) == 6  # pyright: ignore[reportUnknownMemberType]


def test_a_half_that_met_all_meets_those_that_come_later() -> None:
    pairs = Pairs()
    pairs.add(1.0, finding(edit("a", 0), fixed=("t",)))
    assert pairs.take() is None
    pairs.add(5.0, finding(edit("b", 4)))

    got = pairs.take()

    assert got is not None and {part.text for part in got[1].parts} == {"a", "b"}


BASE = {"g": TestResult("g", "failed", exception="AssertionError", line=10), "h": TestResult("h", "failed", line=20)}
EXAM = Exam(("g", "h"), ("p",), {}, base=BASE)


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([("g", "passed"), ("h", "passed"), ("p", "passed")], "good"),
        ([("g", "passed"), ("h", "passed"), ("p", "skipped")], "good"),
        ([("g", "passed"), ("h", "passed"), ("p", "failed")], "breaks"),
        ([("g", "passed"), ("h", "passed"), ("p", "timeout")], "breaks"),
        ([("g", "passed"), ("h", "failed")], "partial"),
        ([("g", "passed")], "partial"),
        ([("g", "skipped"), ("h", "passed")], "partial"),
        ([("g", "timeout")], "slow"),
        ([("g", "crash")], "bad"),
        ([], "bad"),
    ],
)
def test_only_goals_that_were_seen_to_pass_are_reached(results: list[tuple[str, str]], verdict: str) -> None:
    """A goal that was skipped, was not run or hung is not reached, whatever else passes."""
    tests = [TestResult(id, outcome) for id, outcome in results]  # type: ignore[arg-type]

    assert judge(EXAM, edit("x", 0), ("g", "h"), tests, cut=False).verdict == verdict


def test_a_failure_further_down_is_progress_and_the_same_failure_is_none() -> None:
    further = judge(EXAM, edit("x", 0), ("g",), [TestResult("g", "failed", line=12)], cut=False)
    same = judge(EXAM, edit("x", 0), ("g",), [BASE["g"]], cut=False)

    assert (further.moved, further.changed) == (1.0, True)
    assert (same.moved, same.changed) == (0.0, False)


def test_the_first_goals_are_of_different_tests() -> None:
    """Ten parameters of one test tell less than one each of four."""
    assert spread(["a[1]", "a[2]", "a[3]", "b", "c[x]", "c[y]"], 4) == ["a[1]", "b", "c[x]", "a[2]"]


def test_the_same_edit_is_dearer_where_a_statement_has_many() -> None:
    assert cost_of("return a < b", "<=") < cost_of("return a < b and (a, b, c) != (b, c, a) or c - b > 2", "<=")


def test_few_edits_are_on_their_way_before_the_first_verdicts() -> None:
    """What they say changes the order of the next."""
    held = [most_in_flight(tried) for tried in (0, 20, 1000)]

    assert held[0] < held[1] < held[2] == IN_FLIGHT
    assert held[0] <= 4
