"""A bug is learnt from where it is: in its file, with the names of its neighbours among the edits."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from autogpt.models.forms import changed_lines
from autogpt.models.wordpieces import WordPieces
from autogpt.training.bugs import BugFix
from autogpt.training.choices import choice_of, offered, put_back
from autogpt.training.harvest import units_of
from autogpt.training.stages import Work
from autogpt.training.vocabulary import TOKENIZER

FILE = '''\
"""Prices."""

LIMIT = 10


class Shop:
    def total(self, prices):
        result = 0
        for price in prices:
            if price <= LIMIT:
                result += price

        return result

    def other(self, everything_else):
        return everything_else
'''


@pytest.fixture(scope="module")
def bug() -> BugFix:
    ((line, right),) = [(line, code) for _, name, code, line in units_of(FILE) if name == "Shop.total"]
    wrong = right.replace("<=", "<")
    change = changed_lines(wrong, right)
    assert change is not None
    return BugFix("operator", wrong, change, right, file="shop/price.py", line=line)


def test_the_function_is_put_into_its_place(bug: BugFix) -> None:
    whole = put_back(bug, {"shop/price.py": FILE})

    assert whole.source.text == FILE.replace("<=", "<")
    assert whole.source.text[whole.start : whole.end].startswith("    def total")
    assert whole.line == 6


def test_edits_are_those_of_the_file(bug: BugFix, trained: Work) -> None:
    """Names of other functions and of the module are offered; the right edit is the one that mends the function."""
    files = {"shop/price.py": FILE}
    alone, within = offered(bug, random.Random(1)), offered(bug, random.Random(1), files=files)

    def texts(near: list[list]) -> set[str]:  # type: ignore[type-arg]
        return {edit.text for some in near for edit in some}

    assert not any("other" in text for text in texts(alone.near))
    assert len(texts(within.near) - texts(alone.near)) > 3
    mending = [edit for some in within.near for edit in some if within.whole.is_mended(edit)]
    assert [edit.text for edit in mending] == ["<="]
    words = WordPieces.load(trained.folder("tokenizer") / TOKENIZER)
    assert choice_of(bug, words, 400, random.Random(1), files) is not None


@pytest.mark.parametrize("files", [{}, {"shop/price.py": "x = 1\n"}, {"shop/price.py": FILE + "#" * 60_000}])
def test_without_a_file_that_fits_it_stands_alone(bug: BugFix, files: dict[str, str]) -> None:
    assert put_back(bug, files).source.text == bug.code


def test_the_data_holds_the_files_of_its_bugs(trained: Work) -> None:
    from autogpt.training.data import BUGS, FILES
    from autogpt.training.files import read_lines
    from autogpt.training.harvest import CodeFile

    data: Path = trained.folder("data")
    files = {one.name: one.text for one in read_lines(data / FILES, CodeFile)}
    bugs = [bug for bug in read_lines(data / BUGS, BugFix) if bug.file]

    assert bugs and all(bug.file in files for bug in bugs)
    for bug in bugs:
        lines = files[bug.file].splitlines()[bug.line :]
        assert lines[0].strip() == bug.right.splitlines()[0].strip()
