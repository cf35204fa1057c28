"""The stage *data*: code harvested, bugs made, tasks generated; what is left out is counted, what is kept is listed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from autogpt.errors import UsageError
from autogpt.training.bugs import BugFix, mutants, tested_mutants
from autogpt.training.cards import data_card
from autogpt.training.curriculum import Task, all_families, tasks
from autogpt.training.files import read_json, read_lines, write_json, write_lines, write_whole
from autogpt.training.harvest import CodeFile, Counts, Unit, harvest, read_code
from autogpt.training.recipe import Recipe
from autogpt.training.similar import Excluded, Seen, mentions_suite
from autogpt.training.sources import CodeSource, chosen, fetch, standard_library

Say = Callable[[str], None]
UNITS, FILES, BUGS, TASKS = "units.jsonl", "files.jsonl", "bugs.jsonl", "tasks.jsonl"
HELD_OUT, REPORT = "held_out.jsonl", "report.json"
SAY_EVERY = 5_000
"""Bugs between two words of progress: some minutes."""
LEAST_EACH = 3
"""Bugs asked of a function at least: most of the time goes on finding all its edits, which is done once."""


def make_data(recipe: Recipe, folder: Path, cache: Path, say: Say) -> None:
    """Write every file of the stage; each that is there already is kept, so that the stage can go on where it ended."""
    if not (folder / UNITS).exists():
        _write_units(recipe, folder, cache, say)
    if not (folder / TASKS).exists():
        _write_tasks(recipe, folder, say)
    if not (folder / BUGS).exists():
        _write_bugs(recipe, folder, say)
    report = read_json(folder / REPORT) or {}
    report["examples"] = {name: _count(folder / name) for name in (UNITS, FILES, BUGS, TASKS, HELD_OUT)}
    write_json(folder / REPORT, report)
    write_whole(folder / "DATA_CARD.md", data_card(recipe, report))


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _sources(recipe: Recipe, cache: Path, say: Say) -> Iterator[CodeSource]:
    if recipe.data.standard_library:
        yield standard_library()
    for package in chosen(recipe.data.packages):
        say(f"Fetching {package.name} {package.version}")
        yield fetch(package, cache)


def _write_units(recipe: Recipe, folder: Path, cache: Path, say: Say) -> None:
    counts, seen, excluded = Counts(), Seen(recipe.data.similarity), _excluded(recipe)
    kept: list[Unit] = []
    licences: dict[str, str] = {}
    files: dict[str, str] = {}
    for source in _sources(recipe, cache, say):
        licences[source.name] = source.licence
        for unit in harvest(source, counts, recipe.data.max_files, files):
            name = f"{unit.source}/{unit.path}::{unit.name}"
            if mentions_suite((unit.path, unit.text)):
                counts.units["mentions a public suite"] += 1
            elif excluded.hit(unit.text, name):
                counts.units["near what is excluded"] += 1
            elif seen.meet(unit.text):
                counts.units["near-duplicate"] += 1
            else:
                kept.append(unit)
        say(f"{source.name}: {len(kept)} pieces so far")
    report = {
        "licences": licences,
        "files": dict(counts.files),
        "units": dict(counts.units),
        "excluded": {"grams": len(excluded), "size": excluded.size, "found": excluded.found},
    }
    write_json(folder / REPORT, report)
    used = {unit.file for unit in kept}
    write_lines(folder / FILES, [CodeFile(name, text) for name, text in files.items() if name in used])
    write_lines(folder / UNITS, kept)


def _excluded(recipe: Recipe) -> Excluded:
    """The n-grams of all folders that the recipe names, and of the families that are held out."""
    excluded, counts = Excluded(recipe.data.gram), Counts()
    for name in recipe.data.exclude:
        folder = Path(name)
        if not folder.is_dir():
            raise UsageError(f"The recipe excludes {name}, which is no folder here.", "Fetch it, or change the recipe.")
        for path in sorted(folder.rglob("*.py")):
            text = read_code(path, counts)
            if text is not None:
                excluded.add(text, name)
    return excluded


def _write_tasks(recipe: Recipe, folder: Path, say: Say) -> None:
    dice = random.Random(f"{recipe.seed}-tasks")
    families = all_families()
    some = families[:: max(1, len(families) // recipe.data.families)] if recipe.data.families else families
    made = list(tasks(some, recipe.data.variants, dice))
    learnt = [task for task in made if not task.held_out]
    held = [task for task in made if task.held_out]
    known = {task.body.strip() for task in held}
    # Of two families with one body, the one that is held out keeps it.
    learnt = [task for task in learnt if task.body.strip() not in known]
    write_lines(folder / HELD_OUT, held)
    write_lines(folder / TASKS, learnt)
    say(f"{len(learnt)} tasks to learn, {len(held)} of {len({t.family for t in held})} families held out")


def _write_bugs(recipe: Recipe, folder: Path, say: Say) -> None:
    dice = random.Random(f"{recipe.seed}-bugs")
    units = [unit for unit in read_lines(folder / UNITS, Unit) if unit.kind == "function"]
    learnt: list[Task] = list(read_lines(folder / TASKS, Task))
    found: list[BugFix] = list(tested_mutants(learnt, recipe.data.tested_mutants, dice))
    say(f"{len(found)} bugs that a check notices")
    each = max(LEAST_EACH, -(-recipe.data.mutants // max(1, len(units))))
    dice.shuffle(units)
    wanted = len(found) + recipe.data.mutants
    told = len(found)
    for unit in units:
        if len(found) >= wanted:
            break
        made = islice(mutants(unit.text, each, dice), wanted - len(found))
        found += [replace(bug, file=unit.file, line=unit.line) for bug in made]
        if len(found) - told >= SAY_EVERY:
            told = len(found)
            say(f"{told} of {wanted} bugs")
    dice.shuffle(found)
    write_lines(folder / BUGS, found)
    kinds = Counter(bug.kind for bug in found)
    report = read_json(folder / REPORT) or {}
    write_json(folder / REPORT, {**report, "kinds": dict(kinds.most_common()), "recipe": asdict(recipe.data)})
    say(f"{len(found)} bugs of {len(kinds)} kinds")
