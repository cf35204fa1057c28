"""Choices hold the edit that mends the bug, among others of the search; learning from them moves it to the front."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from autogpt.models.forms import Mark, changed_lines
from autogpt.models.ranker import question
from autogpt.models.wordpieces import WordPieces
from autogpt.training.bugs import BugFix
from autogpt.training.choices import Choice, choice_of, choices
from autogpt.training.decoder import new_decoder
from autogpt.training.judging import ChoiceDraw, Marks, save_choices
from autogpt.training.stages import Work
from autogpt.training.vocabulary import TOKENIZER

RIGHT = """def total(prices, limit):
    result = 0
    for price in prices:
        if price <= limit:
            result += price
    return result
"""
WRONG = RIGHT.replace("<=", "<")


@pytest.fixture(scope="module")
def words(trained: Work) -> WordPieces:
    return WordPieces.load(trained.folder("tokenizer") / TOKENIZER)


@pytest.fixture(scope="module")
def bug() -> BugFix:
    change = changed_lines(WRONG, RIGHT)
    assert change is not None
    return BugFix("compare-operator", WRONG, change, RIGHT, "assert total([2], 2) == 2\nAssertionError: 0 == 2")


@pytest.fixture(scope="module")
def choice(bug: BugFix, words: WordPieces) -> Choice:
    found = choice_of(bug, words, 400, random.Random(1))
    assert found is not None
    return found


def sequence(choice: Choice, end: int) -> list[int]:
    """Tokens from the beginning to a place."""
    found: list[int] = []
    while end >= 0:
        found.append(choice.tokens[end])
        end = choice.parents[end]
    return found[::-1]


def test_the_right_edit_is_the_one_that_mends_the_bug(choice: Choice, bug: BugFix, words: WordPieces) -> None:
    """In the same form in which the ranker asks about it, with the failure before it."""
    asked = sequence(choice, choice.ends[choice.right])

    wanted = question(words, bug.fix.old, bug.fix.new)
    assert wanted is not None and asked[-len(wanted) :] == wanted
    assert "assert total([2], 2) == 2" in words.decode(asked)
    assert len(choice.ends) > 10 and len(set(choice.ends)) > 10


def test_edits_of_other_statements_are_among_them(choice: Choice, words: WordPieces) -> None:
    """Which line is wrong is learnt from the same choices."""
    olds = {
        words.decode(sequence(choice, end)).partition(Mark.BUG.value)[2].partition(Mark.FIX.value)[0]
        for end in choice.ends
    }

    assert len(olds) >= 3


def test_a_bug_that_no_edit_mends_is_no_choice(bug: BugFix, words: WordPieces) -> None:
    far = RIGHT.replace("price <= limit", "price in (limit.first_of_all(), 'never seen')")
    change = changed_lines(WRONG, far)
    assert change is not None

    assert choice_of(replace(bug, right=far, fix=change), words, 400, random.Random(1)) is None


def test_what_is_too_long_is_no_choice(bug: BugFix, words: WordPieces) -> None:
    assert choice_of(bug, words, 20, random.Random(1)) is None


def test_learning_from_a_choice_lowers_its_loss(
    trained: Work, choice: Choice, words: WordPieces, tmp_path: Path
) -> None:
    """Before it the model has next to no say, and the loss is that of the search's costs."""
    import torch

    save_choices(tmp_path / "choices.npz", [choice, choice])
    marks = Marks(*map(words.mark, (Mark.JUDGE, Mark.YES, Mark.NO)))
    batch = ChoiceDraw(tmp_path / "choices.npz", marks, 1).batch(0, 2)
    model = new_decoder(trained.recipe.model, words, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses: list[float] = []

    for _ in range(40):
        loss = batch.loss(model, "cpu")
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    costs = torch.tensor(batch.costs)
    assert losses[0] == pytest.approx(2 * float(torch.logsumexp(-costs, 1)[0] + costs[0, choice.right]), abs=0.2)
    assert losses[-1] < losses[0] - 1.0


def test_a_long_function_is_learnt_from_by_one_statement(words: WordPieces) -> None:
    """Each of its statements is seen through another window, and all of them would be too much."""
    right = "def grown(a, b):\n" + "    a = a + b\n" * 60 + "    return a <= b\n"
    wrong = right.replace("<=", "<")
    change = changed_lines(wrong, right)
    assert change is not None

    found = choice_of(BugFix("k", wrong, change, right), words, 190, random.Random(1))

    assert found is not None and len(found.tokens) <= 2 * 190


def test_many_processes_make_the_same_choices(bug: BugFix, words: WordPieces, monkeypatch: pytest.MonkeyPatch) -> None:
    bugs = [bug, replace(bug, code="def broken(:\n"), bug]
    alone = list(choices(bugs, words, 400, random.Random(3)))
    monkeypatch.setattr("autogpt.training.choices.MANY", 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)

    assert list(choices(bugs, words, 400, random.Random(3))) == alone
    assert [one is None for _, one in alone] == [False, True, False]
