"""The stages in order, each in a folder of its own; one that is done is not done again, one that broke off goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.errors import AutogptError, UsageError, WorkspaceError
from autogpt.training.cards import model_card
from autogpt.training.data import REPORT, Say, make_data
from autogpt.training.files import read_json, write_json, write_whole
from autogpt.training.recipe import Recipe, TrainConfig
from autogpt.training.vocabulary import CHOICES, TOKENIZER, make_tokens

DONE = "done.json"
NEEDS: Mapping[str, tuple[str, ...]] = {
    "data": ("data",),
    "tokenizer": ("data", "tokenizer"),
    "pretrain": ("data", "tokenizer", "model", "pretrain"),
    "sft": ("data", "tokenizer", "model", "pretrain", "sft"),
    "rank": ("data", "tokenizer", "model", "pretrain", "sft", "rank"),
    "improve": ("data", "tokenizer", "model", "pretrain", "sft", "rank", "improve"),
    "export": ("data", "tokenizer", "model", "pretrain", "sft", "rank", "improve", "export"),
}
"""The parts of a recipe that decide what comes out of a stage."""


class Paused(AutogptError):
    """The time of a stage is up; the same command goes on. Not a fault."""

    exit_code = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One recipe in one folder. `cache` keeps what was fetched, for all recipes."""

    recipe: Recipe
    out: Path
    cache: Path
    say: Say

    def folder(self, stage: str) -> Path:
        return self.out / stage


def run_stage(stage: str, work: Work) -> None:
    """Run one stage, or say that it is done. Raise `UsageError` when an earlier one is missing, `Paused` when its time
    is up."""
    folder, mark = work.folder(stage), work.recipe.mark(*NEEDS[stage])
    begun = read_json(folder / "begun.json")
    if begun is not None and begun.get("mark") != mark:
        raise UsageError(
            f"{folder} belongs to another recipe or seed.", "Give another --out, or remove the folder to begin again."
        )
    if (read_json(folder / DONE) or {}).get("mark") == mark:
        work.say(f"{stage}: done already")
        return
    stages = list(NEEDS)
    for earlier in stages[: stages.index(stage)]:
        if (read_json(work.folder(earlier) / DONE) or {}).get("mark") != work.recipe.mark(*NEEDS[earlier]):
            raise UsageError(f"The stage {earlier} is not done in {work.out}.", f"Run `autogpt train {earlier}` first.")
    write_json(folder / "begun.json", {"mark": mark, "recipe": work.recipe.name})
    started = time.monotonic()
    figures = _STAGES[stage](work)
    if figures is not None:
        seconds = figures.pop("seconds", time.monotonic() - started)
        write_json(folder / DONE, {"mark": mark, "seconds": round(seconds, 1), **figures})


def _data(work: Work) -> dict[str, Any]:
    make_data(work.recipe, work.folder("data"), work.cache, work.say)
    return {}


def _tokenizer(work: Work) -> dict[str, Any]:
    make_tokens(work.recipe, work.folder("data"), work.folder("tokenizer"), work.say)
    return {}


def _pretrain(work: Work) -> dict[str, Any] | None:
    from autogpt.models.wordpieces import WordPieces
    from autogpt.training.decoder import new_decoder
    from autogpt.training.shards import StreamDraw

    recipe, tokens = work.recipe, work.folder("tokenizer")
    words = WordPieces.load(tokens / TOKENIZER)
    length = min(recipe.pretrain.length, recipe.model.context)
    draws = [
        StreamDraw(tokens / f"stream.{half}.npy", length, recipe.seed + index)
        for index, half in enumerate(("train", "valid"))
    ]
    return _train("pretrain", work, recipe.pretrain, new_decoder(recipe.model, words, recipe.seed), words, draws)


def _sft(work: Work) -> dict[str, Any] | None:
    from autogpt.models.wordpieces import WordPieces
    from autogpt.training.decoder import open_decoder
    from autogpt.training.shards import ExampleDraw

    recipe, tokens = work.recipe, work.folder("tokenizer")
    words = WordPieces.load(tokens / TOKENIZER)
    length = min(recipe.sft.length, recipe.model.context)
    weights = recipe.sft.weights or {"fill": 1.0, "repair": 4.0, "implement": 1.0}
    draws = [
        ExampleDraw(
            {kind: tokens / f"{kind}.{half}.npz" for kind in ("fill", "repair", "implement")},
            weights,
            length,
            recipe.seed + 100 + index,
        )
        for index, half in enumerate(("train", "valid"))
    ]
    model = open_decoder(work.folder("pretrain") / "model")
    return _train("sft", work, recipe.sft, model, words, draws)


def _rank(work: Work) -> dict[str, Any] | None:
    from autogpt.models.forms import Mark
    from autogpt.models.wordpieces import WordPieces
    from autogpt.training.decoder import open_decoder
    from autogpt.training.judging import ChoiceDraw, Marks

    recipe, tokens = work.recipe, work.folder("tokenizer")
    words = WordPieces.load(tokens / TOKENIZER)
    marks = Marks(*map(words.mark, (Mark.JUDGE, Mark.YES, Mark.NO)))
    draws = [
        ChoiceDraw(tokens / f"{CHOICES}.{half}.npz", marks, recipe.seed + 200, in_order=half == "valid")
        for half in ("train", "valid")
    ]
    model = open_decoder(work.folder("sft") / "model")
    return _train("rank", work, recipe.rank, model, words, draws)


def _improve(work: Work) -> dict[str, Any] | None:
    """Rounds, each in a folder of its own; what it learnt is kept only if it is better than before."""
    from autogpt.training.rounds import improve_round

    folder, best = work.folder("improve"), work.folder("rank") / "model"
    rounds: list[dict[str, Any]] = []
    for number in range(work.recipe.improve.rounds):
        place = folder / f"round-{number}"
        told = read_json(place / DONE)
        if told is None:
            told = improve_round(work, number, best, place, _train)
            if told is None:
                return None
            write_json(place / DONE, told)
        rounds.append(told)
        if told["kept"]:
            best = place / "model"
        work.say(f"round {number}: {json.dumps(told)}")
    write_json(folder / "best.json", {"model": str(best.relative_to(work.out))})
    return {"rounds": rounds}


def _train(
    stage: str,
    work: Work,
    config: TrainConfig,
    model: Any,
    words: Any,
    draws: list[Any],
    place: Path | None = None,
) -> dict[str, Any] | None:
    """Descend and save the model; None in processes that do not write. Raise `Paused` when there is more to do."""
    from autogpt.training.decoder import save_decoder
    from autogpt.training.descent import Plan, descend

    folder = place or work.folder(stage)
    title = f"{stage}, recipe {work.recipe.name}"
    mark = work.recipe.mark(*NEEDS[stage])
    came = descend(Plan(title, config, draws[0], draws[1], folder, mark, work.say), model)
    if came.end == "paused":
        raise Paused(f"{stage} stopped at step {came.progress.step} of {config.steps}.", "The same command goes on.")
    if not came.is_main:
        return None
    save_decoder(came.model, words, folder / "model")
    last = came.progress.points[-1] if came.progress.points else None
    return {
        "steps": came.progress.step,
        "tokens": came.progress.tokens,
        "seconds": came.progress.seconds,
        "train": last.train if last else None,
        "valid": last.valid if last else None,
        "parameters": sum(one.numel() for one in came.model.parameters()),
    }


def _export(work: Work) -> dict[str, Any]:
    """The folder that ships: half-precision weights, tokenizer, cards. Raise `WorkspaceError` when it is too large."""
    from autogpt.models.wordpieces import WordPieces
    from autogpt.training.decoder import open_decoder, save_decoder

    target = work.folder("export") / "model"
    words = WordPieces.load(work.folder("tokenizer") / TOKENIZER)
    best = work.out / read_json(work.folder("improve") / "best.json")["model"]
    save_decoder(open_decoder(best), words, target, work.recipe.export.dtype)
    megabytes = (target / "model.safetensors").stat().st_size / 1e6
    if megabytes > work.recipe.export.max_megabytes:
        raise WorkspaceError(
            f"The weights have {megabytes:.0f} MB, more than {work.recipe.export.max_megabytes:.0f}.",
            "Make the recipe's model smaller.",
        )
    done = {stage: read_json(work.folder(stage) / DONE) for stage in ("pretrain", "sft", "rank")}
    figures: dict[str, Any] = {"parameters": done["rank"]["parameters"], "megabytes": round(megabytes, 1)}
    for stage, one in done.items():
        figures[f"{stage}: steps, tokens, seconds"] = f"{one['steps']}, {one['tokens']}, {one['seconds']}"
        unit = "choice" if stage == "rank" else "token"
        figures[f"{stage}: loss a {unit}, learnt and not"] = f"{one['train']:.3f}, {one['valid']:.3f}"
    improved = read_json(work.folder("improve") / DONE)["rounds"]
    for number, one in enumerate(improved):
        kept = "kept" if one["kept"] else "not kept"
        figures[f"improve, round {number}: edits tried on new bugs, before and after"] = (
            f"{one['before']:.2f}, {one['after']:.2f}; {kept}"
        )
    report = read_json(work.folder("data") / REPORT)
    write_whole(target / "README.md", model_card(work.recipe, figures, report["licences"]))
    card = (work.folder("data") / "DATA_CARD.md").read_text(encoding="utf-8")
    write_whole(target / "DATA_CARD.md", card)
    work.say(json.dumps(figures))
    return {"megabytes": round(megabytes, 1)}


_STAGES: Mapping[str, Callable[[Work], dict[str, Any] | None]] = {
    "data": _data,
    "tokenizer": _tokenizer,
    "pretrain": _pretrain,
    "sft": _sft,
    "rank": _rank,
    "improve": _improve,
    "export": _export,
}
