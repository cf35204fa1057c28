"""A tiny package, small enough that its whole suite runs in an instant, with a test of each shape that matters."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.repair.packages import Package, prepare

RANGES = '''"""Ranges of whole numbers."""


def clamp(value, low, high):
    """The value, kept within bounds."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def overlap(first, second):
    start = max(first[0], second[0])
    stop = min(first[1], second[1])
    return (start, stop) if start < stop else None


def spread(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)
'''

TEST_RANGES = """import pytest

from tiny.ranges import clamp, overlap, spread


def test_inside():
    assert clamp(5, 0, 9) == 5


@pytest.mark.parametrize("value", [-1, -100])
def test_below(value):
    assert clamp(value, 0, 9) == 0


def test_above():
    assert clamp(10, 0, 9) == 9


class TestOverlap:
    def test_some(self):
        assert overlap((0, 5), (3, 9)) == (3, 5)

    def test_none(self):
        assert overlap((0, 3), (3, 9)) is None


def test_spread():
    assert spread([1, 2, 3]) == 2
"""

TEST_MORE = """from tiny.ranges import clamp


class TestBounds:
    def test_bounds_stay(self):
        assert clamp(0, 0, 9) == 0


def test_negative_bounds():
    assert clamp(-20, -9, -1) == -9
"""


@pytest.fixture
def package() -> Package:
    return Package("tiny", "1.0", "MIT", source=("tiny",), tests=("tests",))


@pytest.fixture
def source(package: Package, tmp_path: Path) -> Path:
    """The package as an unpacked sdist."""
    tree = tmp_path / "sources" / package.folder
    for path, text in (
        ("tiny/__init__.py", ""),
        ("tiny/ranges.py", RANGES),
        ("tests/test_ranges.py", TEST_RANGES),
        ("tests/test_more.py", TEST_MORE),
    ):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
    prepare(package, tree)
    return tree


@pytest.fixture
def python() -> Path:
    return Path(sys.executable)
