"""Expert iteration learns from what passed, decided by execution, and keeps a round only if it helped."""

from __future__ import annotations

import json
import random

import pytest

from autogpt.models.ranker import WeightsRanker
from autogpt.models.wordpieces import WordPieces
from autogpt.training.bugs import BugFix
from autogpt.training.curriculum import Task
from autogpt.training.data import TASKS
from autogpt.training.decoder import open_decoder
from autogpt.training.files import read_lines
from autogpt.training.improve import Puzzle, Try, attempt, effort, puzzles
from autogpt.training.stages import Work
from autogpt.training.vocabulary import TOKENIZER


@pytest.fixture(scope="module")
def ranker(trained: Work) -> WeightsRanker:
    model = open_decoder(trained.folder("rank") / "model").eval()
    return WeightsRanker(model.requires_grad_(False), WordPieces.load(trained.folder("tokenizer") / TOKENIZER))


@pytest.fixture(scope="module")
def some(trained: Work) -> list[Puzzle]:
    tasks: list[Task] = list(read_lines(trained.folder("data") / TASKS, Task))
    return puzzles(tasks, 4, random.Random(1))


def test_a_puzzle_is_a_bug_that_a_check_notices(some: list[Puzzle]) -> None:
    assert len(some) == 4
    for one in some:
        assert one.bug.code != one.task.code and one.bug.evidence.startswith(f"assert {one.task.name}")


def test_what_mends_a_puzzle_is_found_by_trying(some: list[Puzzle], ranker: WeightsRanker) -> None:
    """More tries find no less; a choice comes from a success alone."""
    few = attempt(some, ranker, 2, random.Random(1))
    many = attempt(some, ranker, 40, random.Random(1))

    assert all(one.tried <= 2 for one in few) and any(one.choice is not None for one in many)
    assert effort(many, 40) <= 41 and sum(one.choice is not None for one in many) >= sum(
        one.choice is not None for one in few
    )


def test_a_puzzle_that_nothing_mends_teaches_nothing(some: list[Puzzle], ranker: WeightsRanker) -> None:
    """Its checks ask for what no edit can give."""
    task = some[0].task
    impossible = Task(task.family, False, task.name, task.text, task.header, task.body, ((task.checks[0][0], "'no'"),))
    bug = some[0].bug

    (came,) = attempt([Puzzle(impossible, BugFix(bug.kind, bug.code, bug.fix, bug.right))], ranker, 5, random.Random(1))

    assert came == Try(5, None)
    assert effort([came], 5) == 6


def test_a_round_says_what_it_found_and_whether_it_was_kept(trained: Work) -> None:
    done = json.loads((trained.folder("improve") / "done.json").read_text())
    best = json.loads((trained.folder("improve") / "best.json").read_text())["model"]

    (told,) = done["rounds"]
    assert told["puzzles"] > told["mended"] > 0 and told["measured"] > 0
    assert told["kept"] == (told["after"] < told["before"])
    assert best == ("improve/round-0/model" if told["kept"] else "rank/model")
