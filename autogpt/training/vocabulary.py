"""The stage *tokenizer*: byte-level BPE learnt from the data, and the data as token numbers."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from autogpt.models.forms import Form, Mark, changed_lines, fill, implement, plain, repair, repair_answer, window_of
from autogpt.models.ranker import most_prompt
from autogpt.models.wordpieces import WordPieces
from autogpt.training.bugs import BugFix
from autogpt.training.choices import Choice, choices
from autogpt.training.curriculum import Task
from autogpt.training.data import BUGS, FILES, SAY_EVERY, TASKS, UNITS, Say
from autogpt.training.files import read_lines, write_json, write_whole
from autogpt.training.harvest import Unit, parsed
from autogpt.training.judging import save_choices
from autogpt.training.recipe import Recipe
from autogpt.training.shards import Example, save_examples, save_stream
from autogpt.training.tastes import tastes, without_tastes

TOKENIZER = "tokenizer.json"
CHOICES = "choices"
VALID = 40
"""One piece of so many is kept to measure on."""


def make_tokens(recipe: Recipe, data: Path, folder: Path, say: Say) -> None:
    """Learn the tokenizer if it is not there, then encode everything with it."""
    file = folder / TOKENIZER
    if not file.exists():
        _learn(recipe, data, file)
    words = WordPieces.load(file)
    say(f"{len(words)} tokens")
    dice = random.Random(f"{recipe.seed}-encode")
    streams: dict[str, list[list[int]]] = {"train": [], "valid": []}
    examples: dict[str, dict[str, list[Example]]] = {
        kind: {"train": [], "valid": []} for kind in ("fill", "repair", "implement")
    }
    units = list(read_lines(data / UNITS, Unit))
    random.Random(f"{recipe.seed}-units").shuffle(units)
    for index, unit in enumerate(units[: recipe.tokenizer.units or None]):
        half = "train" if index % VALID else "valid"
        filling = _fill(unit.text, words, dice)
        examples["fill"][half].append(filling)
        is_filled = dice.random() < recipe.pretrain.fill
        streams[half].append(filling.tokens if is_filled else words.encode(plain(unit.text)))
    for kind, made in (("repair", _repairs(data, words)), ("implement", _implements(data, words))):
        for index, example in enumerate(made):
            examples[kind]["train" if index % VALID else "valid"].append(example)
    for half, pieces in streams.items():
        size = save_stream(folder / f"stream.{half}.npy", pieces)
        say(f"{half}: {size} tokens of code")
    for kind, halves in examples.items():
        for half, some in halves.items():
            save_examples(folder / f"{kind}.{half}.npz", some)
        say(f"{kind}: {len(halves['train'])} examples")
    _write_choices(recipe, data, words, folder, say)


def _write_choices(recipe: Recipe, data: Path, words: WordPieces, folder: Path, say: Say) -> None:
    dice, most = random.Random(f"{recipe.seed}-choices"), most_prompt(recipe.model.context)
    halves: dict[str, list[Choice]] = {"train": [], "valid": []}
    missed = 0
    bugs: list[BugFix] = list(islice(read_lines(data / BUGS, BugFix), recipe.tokenizer.choices or None))
    for number, (bug, choice) in enumerate(choices(bugs, words, most, dice, data / FILES)):
        if number and number % SAY_EVERY == 0:
            say(f"choices: {number} bugs looked at, {number - missed} of them can be learnt from")
        if choice is None:
            missed += 1
        else:
            halves[_half(bug)].append(choice)
    halves["valid"] = halves["valid"] or halves["train"][:1]  # of a handful none may have been drawn
    nats = tastes(halves["train"])
    write_json(folder / "tastes.json", {kind: round(one, 2) for kind, one in nats.items()})
    for half, some in halves.items():
        save_choices(folder / f"{CHOICES}.{half}.npz", [without_tastes(one, nats) for one in some])
    learnt, measured = len(halves["train"]), len(halves["valid"])
    say(f"choices: {learnt} to learn, {measured} to measure on, {missed} not offered or too long")


def _half(bug: BugFix) -> str:
    """All bugs of one function are on one side."""
    return "train" if zlib.crc32(bug.right.encode()) % VALID else "valid"


def _learn(recipe: Recipe, data: Path, file: Path) -> None:
    from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
    from tokenizers.models import BPE

    raw = Tokenizer(BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.tokenizer.vocabulary,
        special_tokens=[mark.value for mark in Mark],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator(_texts(data, recipe.tokenizer.sample_bytes), trainer)
    write_whole(file, raw.to_str())


def _texts(data: Path, most: int) -> Iterator[str]:
    """A sample of the tasks, and of the code from everywhere."""
    units = [unit.text for unit in read_lines(data / UNITS, Unit)]
    random.Random("sample").shuffle(units)
    for text in chain((task.text + task.code for task in islice(read_lines(data / TASKS, Task), 0, None, 8)), units):
        most -= len(text)
        if most < 0:
            return
        yield text


def _example(words: WordPieces, prompt: Form, answer: Form) -> Example:
    start = words.encode(prompt)
    return Example([*start, *words.encode(answer)], len(start))


def _fill(text: str, words: WordPieces, dice: random.Random) -> Example:
    """A gap of some lines, or within one."""
    lines = text.splitlines(keepends=True)
    if dice.random() < 0.5:
        first = dice.randrange(len(lines))
        last = min(len(lines), first + dice.randint(1, 4))
        before, gap, after = ("".join(part) for part in (lines[:first], lines[first:last], lines[last:]))
    else:
        start = dice.randrange(len(text))
        end = min(len(text), start + dice.randint(1, 40))
        before, gap, after = text[:start], text[start:end], text[end:]
    return _example(words, fill(before[-1500:], after[:800]), plain(gap))


def _repairs(data: Path, words: WordPieces) -> Iterable[Example]:
    for bug in read_lines(data / BUGS, BugFix):
        window = window_of(bug.code, parsed(bug.code), bug.fix.first)
        answer = repair_answer(window.dedented(bug.fix.old), window.dedented(bug.fix.new))
        assert changed_lines(bug.code, bug.right) == bug.fix
        yield _example(words, repair(window.cut(bug.code), bug.evidence), answer)


def _implements(data: Path, words: WordPieces) -> Iterable[Example]:
    for task in read_lines(data / TASKS, Task):
        yield _example(words, implement(task.text, task.header), plain(task.body))
