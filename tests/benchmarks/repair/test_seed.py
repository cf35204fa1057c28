"""What the script keeps are bugs indeed."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.repair.bugs import Bug, digest, read_source
from benchmarks.repair.mutate import Edit
from benchmarks.repair.packages import Package
from benchmarks.repair.seed import Drawn, Seeder, can_be_repaired, describe


@pytest.fixture
def seeder(package: Package, source: Path, python: Path, tmp_path: Path) -> Seeder:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Seeder(package, source, python, scratch, random.Random(5))


def draw(seeder: Seeder, function: str, old: str, new: str) -> Drawn:
    place = next(place for place in seeder.places if place.scope.name == function)
    start = place.scope.module.text.index(old)
    return Drawn(place, "constant", Edit(start, start + len(old), new))


def test_knows_which_tests_reach_a_function(seeder: Seeder) -> None:
    reaching = {place.scope.name: len(place.reaching) for place in seeder.places}

    assert reaching == {"clamp": 6, "overlap": 2, "spread": 1}


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("return high", "return low", {"tests/test_ranges.py::test_above"}),
        ("value > high", "value >= high", set[str]()),
    ],
    ids=["fails", "survives"],
)
def test_only_what_makes_tests_fail_counts(seeder: Seeder, old: str, new: str, failing: set[str]) -> None:
    assert seeder.failures(draw(seeder, "clamp", old, new)) == failing


def test_a_bug_that_hangs_does_not_count(seeder: Seeder) -> None:
    seeder.patience = 1.0

    assert not seeder.failures(
        draw(seeder, "clamp", "    if value < low:", "    while True: pass\n    if value < low:")
    )


def test_a_bug_whose_shown_tests_need_hidden_ones_is_told(package: Package, source: Path, python: Path) -> None:
    """Such a bug could not be repaired, by whatever change."""
    tests = source / "tests" / "test_more.py"
    tests.write_text("SEEN = []\ndef test_a(): SEEN.append(1)\ndef test_b(): assert SEEN\n")
    text = read_source(source / "tiny" / "ranges.py")
    whole = Bug(
        "tiny-1", "tiny", "1.0", "dev", ("name",), "tiny/ranges.py", ("clamp",), digest(text),
        edits=((0, 3, '"""'),), failing=("tests/test_more.py::test_b",), hidden=(), keep={"tests/test_more.py": (2, 3)},
    )  # fmt: skip
    part = replace(whole, keep={"tests/test_more.py": (3,)})

    assert can_be_repaired(whole, package, source, python)
    assert not can_be_repaired(part, package, source, python)


def test_makes_bugs_and_leaves_its_tree_as_it_was(seeder: Seeder, source: Path) -> None:
    bugs: list[Bug] = list(seeder.bugs(2, share=0.5))

    assert sorted(len(bug.edits) for bug in bugs) == [1, 2]
    assert all(len(set(bug.kinds)) == len(bug.kinds) and bug.failing for bug in bugs)
    assert (seeder.tree / "tiny" / "ranges.py").read_bytes() == (source / "tiny" / "ranges.py").read_bytes()
    assert "single 1" in describe(bugs)
