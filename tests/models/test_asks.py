"""A model's questions are answered from the scratch tree alone, and never with what it must not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.feedback.report import Report, TestOutcome
from autogpt.models.asks import Ask, Library, answer_asks, fenced, parse_asks, without_asks
from autogpt.models.tree import Tree

BLOCK = "I look first.\n```ask\nread a.py 2-3\nsearch x = 1\nhello\nlist\n```\nThen more."


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "a.py").write_text(
        "def one():\n    return 1\n\n\nclass Two:\n    def one(self):\n        return one()\n"
    )
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "b.py").write_text("from a import one\n")
    (tmp_path / "big.py").write_text("def f(x):\n    return x\n\n\n" * 1000)
    (tmp_path / ".env").write_text("A=1")
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    outcome = TestOutcome("t.py::test", "failed", message="boom " * 600, output="printed")
    return Library(
        Tree(tmp_path), lambda test: Report({test: TestOutcome(test, "passed")}), (Report({outcome.id: outcome}),)
    )


def ask(library: Library, text: str) -> str:
    return answer_asks(parse_asks(f"```ask\n{text}\n```"), library)


def test_questions_are_read_and_leave_the_rest() -> None:
    assert parse_asks(BLOCK) == (Ask("read", "a.py 2-3"), Ask("search", "x = 1"), Ask("list", ""))
    assert without_asks(BLOCK) == "I look first.\n\nThen more."
    assert parse_asks("```python\nread a.py\n```") == ()


def test_lines_of_a_file(library: Library) -> None:
    assert "Lines 2-3 of 7:\n    return 1" in ask(library, "read a.py 2-3")
    assert "class Two" in ask(library, "read `a.py`") and "Lines 5-7 of 7" in ask(library, "read a.py:5-99")


def test_a_long_file_is_outlined(library: Library) -> None:
    answer = ask(library, "read big.py")
    assert "has 4000 lines; read a range" in answer and len(answer) < 13_000


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", ".env", "data.bin", "nowhere", "pkg"])
def test_what_cannot_be_shown_is_said(library: Library, path: str) -> None:
    assert f"There is no text file {path}" in ask(library, f"read {path}")


def test_a_file_of_that_name_elsewhere_is_named(library: Library) -> None:
    assert "There is pkg/b.py." in ask(library, "read b.py")


def test_search_takes_text_first_and_patterns_then(library: Library) -> None:
    assert "a.py:7: return one()" in ask(library, "search one()")
    assert "a.py:5: class Two:" in ask(library, "search ^CLASS")
    assert "Nothing found" in ask(library, "search ((")


def test_a_symbol_is_shown_as_it_is_defined(library: Library) -> None:
    """The question that is asked most must not cost a second one for the text."""
    assert "a.py:6-7: Two.one\n    def one(self):\n        return one()" in ask(library, "symbol Two.one")
    both = ask(library, "symbol one")
    assert "a.py:1-2: one\ndef one():" in both and "a.py:6-7: Two.one" in both
    assert "Nothing of that name is defined" in ask(library, "symbol three")


def test_a_symbol_of_many_places_is_shown_where_there_is_room(library: Library) -> None:
    answer = ask(library, "symbol f")
    assert "big.py:1-2: f\ndef f(x):\n    return x" in answer
    assert answer.count("def f(x)") == 60 and len(answer) < 4_000


def test_references_are_told_with_what_they_stand_in(library: Library) -> None:
    answer = ask(library, "references Two.one")
    assert "a.py:7 in Two.one: return one()" in answer and "pkg/b.py:1: from a import one" in answer
    assert "a.py:1" not in answer and "a.py:6" not in answer
    assert "Nothing uses three" in ask(library, "references three")


def test_a_symbol_is_found_in_what_is_laid_over_the_tree(library: Library) -> None:
    """The acceptance tests of a run are not on disk."""
    tree = Tree(library.tree.root, {"new.py": b"def fresh():\n    return one()\n", "a.py": None})
    changed = Library(tree, library.run, library.reports, library.project)
    assert "new.py:1-2: fresh" in ask(changed, "symbol fresh")
    assert "new.py:2 in fresh" in ask(changed, "references one") and "a.py" not in ask(changed, "references one")


def test_folders_are_listed(library: Library) -> None:
    assert "pkg/b.py" in ask(library, "list pkg/") and "a.py" in ask(library, "list")
    assert "no folder src" in ask(library, "list src") and ".env" not in ask(library, "list")


def test_one_test_is_run_and_its_output_read_in_full(library: Library) -> None:
    assert "Passed: t.py::other" in ask(library, "test t.py::other")
    assert "boom " * 600 in ask(library, "output t.py::test") and "printed" in ask(library, "output t.py::test")
    assert "No run of that test" in ask(library, "output t.py::none")


def test_too_many_questions_are_cut(library: Library) -> None:
    assert "Only the first 8" in ask(library, "\n".join(f"search {n}" for n in range(20)))


def test_a_fence_is_longer_than_any_inside() -> None:
    assert fenced("a\n````\nb").startswith("`````\n") and fenced("a").startswith("```\n")
