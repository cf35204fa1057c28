"""A run gets a repository with the bug and just the tests that it may see."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from benchmarks.repair.bugs import Bug, digest, load_bugs, put_in, read_source, save_bugs
from benchmarks.repair.packages import Package
from benchmarks.repair.suite import run_suite
from benchmarks.repair.workspace import cut, cut_tests, git, list_tests, make_workspace

HIGH = "if value > high"


@pytest.fixture
def bug(source: Path) -> Bug:
    text = read_source(source / "tiny" / "ranges.py")
    start = text.index(HIGH)
    return Bug(
        id="tiny-001",
        package="tiny",
        version="1.0",
        half="dev",
        kinds=("boundary",),
        file="tiny/ranges.py",
        functions=("clamp",),
        digest=digest(text),
        edits=((start, start + len(HIGH), "if value > high + 1"),),
        failing=("tests/test_ranges.py::test_above",),
        hidden=(),
        keep={"tests/test_ranges.py": (6, 15)},
    )


def test_shows_the_bug_and_the_tests_kept(
    package: Package, source: Path, python: Path, bug: Bug, tmp_path: Path
) -> None:
    folder = tmp_path / "workspace"

    make_workspace(package, source, bug, folder)

    run = run_suite(folder, python)
    assert run.failed() == {"tests/test_ranges.py::test_above"}
    assert run.passed() == {"tests/test_ranges.py::test_inside"}
    assert not (folder / "tests" / "test_more.py").exists()
    assert git(folder, "status", "--porcelain") == b""
    assert len(git(folder, "log", "--oneline").splitlines()) == 1


def test_the_original_is_left_as_it_is(package: Package, source: Path, bug: Bug, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}

    make_workspace(package, source, bug, tmp_path / "workspace")

    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before


def test_a_bug_is_not_put_into_another_file(source: Path, bug: Bug) -> None:
    """Offsets would fall anywhere in another version of the file."""
    path = source / "tiny" / "ranges.py"
    path.write_text("# new\n" + path.read_text())

    with pytest.raises(ValueError, match="tiny-001"):
        put_in(bug, source)


def test_a_set_comes_back_as_it_was_saved(bug: Bug, tmp_path: Path) -> None:
    save_bugs([bug, bug], tmp_path / "bugs.jsonl")

    assert load_bugs(tmp_path / "bugs.jsonl") == [bug, bug]


def test_a_file_that_another_needs_stays_without_its_tests(package: Package, source: Path) -> None:
    path = source / "tests" / "test_ranges.py"
    path.write_text("from test_more import TestBounds\n" + path.read_text())

    cut_tests(package, source, {"tests/test_ranges.py": (7,)})

    assert list_tests((source / "tests" / "test_more.py").read_text()) == []
    assert list_tests(path.read_text()) == [7]


CLASS = textwrap.dedent(
    """
    class TestIt:
        @mark
        def test_one(self):
            pass

        def helper(self):
            pass

    class TestOther:
        def test_two(self):
            pass
    """
)


def test_only_the_named_tests_are_cut_with_their_decorators() -> None:
    text = cut(CLASS, [3])

    assert "@mark" not in text and "test_one" not in text
    assert "helper" in text and "test_two" in text


def test_a_class_left_empty_still_parses() -> None:
    scope: dict[str, type] = {}

    exec(cut(CLASS, [3, 11]), scope)

    assert not hasattr(scope["TestOther"], "test_two")
