"""`autogpt learn`: an adapter from runs whose result was applied, in use only if it is better and nothing got worse."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autogpt.models.adapters import LEARNT, Adapters
from autogpt.models.forms import Mark
from autogpt.models.ranker import most_prompt
from autogpt.models.shipped import FOLDER
from autogpt.models.wordpieces import WordPieces
from autogpt.training.accepted import Accepted, accepted_runs
from autogpt.training.bugs import BugFix, mutants
from autogpt.training.choices import Choice, choices, shape
from autogpt.training.files import write_json
from autogpt.training.harvest import Counts, harvest
from autogpt.training.judging import ChoiceDraw, Marks, MixedDraw, save_choices
from autogpt.training.lora import Fitted, Lessons, fit
from autogpt.training.recipe import TrainConfig
from autogpt.training.sources import standard_library

LEAST = 8
"""Different results without which nothing can be learnt and measured."""
HELD = 4
"""One result of so many is measured on and not learnt."""
BETTER, WORSE = 0.01, 0.02
"""Nats a choice (or token) by which past results must be better, and by which the guard may be worse."""
GUARD_FILES, GUARD_BUGS = 40, 120
"""Of the standard library: where bugs are seeded that must not be ranked worse, half of which are also replayed."""
DEFAULT = TrainConfig(
    steps=120, batch=8, micro=8, rate=1e-3, warmup=5, decay=0.0, save_every=30, check_every=120, check_batches=1
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning. `adapter` is in use if `kept`, else "" or none."""

    model: str
    kept: bool
    reason: str
    runs: int
    results: int
    """Different results that could be learnt from."""
    held: tuple[float, float] | None = None
    """Mean loss on past results that were not learnt, before and after."""
    guard: tuple[float, float] | None = None
    """The same on what must not suffer."""
    adapter: str = ""


def learn_builtin(
    home: Path, say: Callable[[str], None], weights: Path = FOLDER, config: TrainConfig = DEFAULT
) -> Lesson:
    """An adapter for the built-in model's ranker. Raise `WorkspaceError` where it cannot be written."""
    runs = list(accepted_runs(home))
    if not (weights / "model.safetensors").is_file():
        return nothing("builtin", "This package ships no trained weights that could be adapted.", runs, 0)
    words = WordPieces.load(weights / "tokenizer.json")
    model = _open(weights)
    most = most_prompt(model.config.max_position_embeddings)
    fixes = _different([fix for run in runs for fix in run.fixes])
    offered = _choices(fixes, words, most)
    if (missing := _missing(runs, len(fixes), len(offered))) is not None:
        return nothing("builtin", missing, runs, len(offered))
    adapters = Adapters("builtin")
    folder = adapters.next_folder()
    scratch = folder.with_name(f".{folder.name}")
    marks = Marks(*map(words.mark, (Mark.JUDGE, Mark.YES, Mark.NO)))
    guard = _choices(_seeded(), words, most)
    parts = {
        "learnt": [one for index, one in enumerate(offered) if index % HELD],
        "held": offered[::HELD],
        "replayed": guard[::2],
        "guard": guard[1::2],
    }
    draws: dict[str, ChoiceDraw] = {}
    for name, some in parts.items():
        save_choices(scratch / f"{name}.npz", some)
        draws[name] = ChoiceDraw(scratch / f"{name}.npz", marks, 1, in_order=name in ("held", "guard"))
    whole = {name: [draws[name].batch(step, 1) for step in range(len(draws[name]))] for name in ("held", "guard")}
    lessons = Lessons(MixedDraw(draws["replayed"], draws["learnt"]), whole["held"], whole["guard"])
    fitted = fit(model, lessons, config, scratch, _mark(fixes, config), say)
    return settled(adapters, folder, scratch, fitted, runs, len(offered))


def _open(weights: Path) -> Any:
    from autogpt.training.decoder import open_decoder

    return open_decoder(weights)


def settled(
    adapters: Adapters, folder: Path, scratch: Path, fitted: Fitted, runs: Sequence[Accepted], results: int
) -> Lesson:
    """Keep the adapter or not, by what was measured; what is left of the training goes."""
    before, after = fitted.before, fitted.after
    is_better = after.held <= before.held - BETTER
    is_harmless = after.guard <= before.guard + WORSE
    reason = "Past results that were not learnt come out better, and nothing got worse."
    if not is_better:
        reason = f"Past results that were not learnt come out no better ({before.held:.3f} to {after.held:.3f})."
    elif not is_harmless:
        reason = f"What has nothing to do with them got worse ({before.guard:.3f} to {after.guard:.3f})."
    kept = is_better and is_harmless
    held, guard = (before.held, after.held), (before.guard, after.guard)
    lesson = Lesson(adapters.model, kept, reason, len(runs), results, held, guard, str(folder) if kept else "")
    if kept and fitted.is_main:
        fitted.model.save_pretrained(scratch / "adapter")
        (scratch / "adapter").rename(folder)
        write_json(folder / LEARNT, asdict(lesson))
        adapters.keep(folder)
    if fitted.is_main:
        shutil.rmtree(scratch, ignore_errors=True)
    return lesson


def nothing(model: str, reason: str, runs: Sequence[Accepted], results: int) -> Lesson:
    return Lesson(model, False, reason, len(runs), results)


def _missing(runs: Sequence[Accepted], different: int, offered: int) -> str | None:
    """What keeps it from learning, None for nothing."""
    if not runs:
        return "No result was applied yet: `autogpt apply` one that is right, and it counts."
    if different < LEAST:
        total = sum(len(run.fixes) for run in runs)
        alike = f", {total - different} of them alike" if total > different else ""
        return f"{len(runs)} applied runs changed {total} functions{alike}; {LEAST} different ones are needed."
    if offered < LEAST:
        return f"The search itself could have made only {offered} of {different} changes; {LEAST} are needed."
    return None


def _different(fixes: Sequence[BugFix]) -> list[BugFix]:
    """Each change once, in an order that has nothing to do with when it was made."""
    found = {shape(fix.code) + "\0" + shape(fix.right): fix for fix in fixes}
    return [found[key] for key in sorted(found, key=lambda key: hashlib.sha256(key.encode()).digest())]


def _choices(fixes: Sequence[BugFix], words: WordPieces, most: int) -> list[Choice]:
    made = choices(fixes, words, most, random.Random(1))
    return [choice for _, choice in made if choice is not None]


def _seeded() -> list[BugFix]:
    """Bugs in functions of the standard library, always the same ones."""
    dice = random.Random("guard")
    units = [unit for unit in harvest(standard_library(), Counts(), GUARD_FILES) if unit.kind == "function"]
    dice.shuffle(units)
    found: list[BugFix] = []
    for unit in units:
        if len(found) >= GUARD_BUGS:
            break
        found += mutants(unit.text, 1, dice)
    return found


def _mark(fixes: Sequence[BugFix], config: TrainConfig) -> str:
    """Names what is learnt: a training that was interrupted goes on only with the same."""
    text = repr((config, [(fix.code, fix.right) for fix in fixes]))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
