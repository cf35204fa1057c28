"""One round of the stage *improve*: try, learn from what passed together with what was learnt before, measure again."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autogpt.models.forms import Mark
from autogpt.models.ranker import WeightsRanker
from autogpt.models.wordpieces import WordPieces
from autogpt.training.curriculum import Task
from autogpt.training.data import TASKS
from autogpt.training.decoder import open_decoder
from autogpt.training.files import read_lines
from autogpt.training.improve import Puzzle, attempt, effort, puzzles
from autogpt.training.judging import ChoiceDraw, Marks, MixedDraw, save_choices
from autogpt.training.vocabulary import CHOICES, TOKENIZER

if TYPE_CHECKING:
    from autogpt.training.stages import Work

HELD = 4
"""One puzzle of so many is measured on and not learnt."""


def improve_round(
    work: Work, number: int, start: Path, place: Path, train: Callable[..., dict[str, Any] | None]
) -> dict[str, Any] | None:
    """Edits tried on new bugs before and after; None in processes that do not write. `train` descends and saves."""
    config, tokens = work.recipe.improve, work.folder("tokenizer")
    words = WordPieces.load(tokens / TOKENIZER)
    dice = random.Random(f"{work.recipe.seed}-improve-{number}")
    tasks: list[Task] = list(read_lines(work.folder("data") / TASKS, Task))
    made = puzzles(tasks, config.bugs, dice)
    held, learnt = made[::HELD], [one for index, one in enumerate(made) if index % HELD]
    ranker = _ranker(start, words)
    tried = attempt(learnt, ranker, config.tries, dice)
    before = _effort(held, ranker, config.tries)
    found = [one.choice for one in tried if one.choice is not None]
    told: dict[str, Any] = {"puzzles": len(learnt), "mended": len(found), "measured": len(held), "before": before}
    if not found:
        return {**told, "after": before, "kept": False}
    save_choices(place / "choices.npz", found)
    marks = Marks(*map(words.mark, (Mark.JUDGE, Mark.YES, Mark.NO)))
    seed = work.recipe.seed + 300 + number
    old = ChoiceDraw(tokens / f"{CHOICES}.train.npz", marks, seed)
    draw = MixedDraw(old, ChoiceDraw(place / "choices.npz", marks, seed))
    valid = ChoiceDraw(tokens / f"{CHOICES}.valid.npz", marks, seed, in_order=True)
    figures = train("improve", work, config.train, open_decoder(start), words, [draw, valid], place)
    if figures is None:
        return None
    after = _effort(held, _ranker(place / "model", words), config.tries)
    return {**told, "after": after, "kept": after < before, "valid": figures["valid"], "steps": figures["steps"]}


def _effort(held: list[Puzzle], ranker: WeightsRanker, tries: int) -> float:
    return effort(attempt(held, ranker, tries, random.Random(0)), tries)


def _ranker(folder: Path, words: WordPieces) -> WeightsRanker:
    model = open_decoder(folder).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return WeightsRanker(model, words)
