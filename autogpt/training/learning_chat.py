"""`autogpt learn` for a model of `transformers`: the answers behind results that were applied, given what was asked."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.models.adapters import Adapters
from autogpt.training.accepted import Talk, accepted_runs
from autogpt.training.harvest import Counts, harvest
from autogpt.training.learning import HELD, LEAST, Lesson, nothing, settled
from autogpt.training.lora import Lessons, fit
from autogpt.training.recipe import TrainConfig
from autogpt.training.shards import IGNORED, Batch, Example
from autogpt.training.sources import standard_library

MOST_TOKENS = 2048
"""Of a question with its answer; the beginning of a longer question is left out."""
GUARD_PIECES, GUARD_TOKENS = 24, 256
"""Functions of the standard library that must not become less likely."""
DEFAULT = TrainConfig(
    steps=60, batch=4, micro=1, rate=2e-4, warmup=5, decay=0.0, save_every=20, check_every=60, check_batches=1
)


@dataclass(frozen=True, slots=True)
class TalkDraw:
    """Questions and answers drawn at random by step."""

    examples: Sequence[Example]
    filler: int

    def batch(self, step: int, size: int) -> Batch:
        dice = random.Random(step)
        return as_batch([dice.choice(self.examples) for _ in range(size)], self.filler)


def as_batch(examples: Sequence[Example], filler: int) -> Batch:
    """Rows filled up to the longest; what is given is not learnt."""
    import numpy

    longest = max(len(one.tokens) for one in examples)
    tokens = numpy.full((len(examples), longest), filler, dtype=numpy.int64)
    labels = numpy.full((len(examples), longest), IGNORED, dtype=numpy.int64)
    for index, one in enumerate(examples):
        tokens[index, : len(one.tokens)] = one.tokens
        labels[index, one.prompt : len(one.tokens)] = one.tokens[one.prompt :]
    return Batch(tokens, labels)


def learn_chat(name: str, home: Path, say: Callable[[str], None], config: TrainConfig = DEFAULT) -> Lesson:
    """An adapter for the model `name`, without its `hf:`. Raise `ModelError` for one that cannot be loaded."""
    from autogpt.models.weights import load, parse_source

    adapters = Adapters(f"hf:{name}")
    runs = [run for run in accepted_runs(home) if run.model.partition("?")[0] == f"hf:{name}"]
    talks = {run.talk.answer: run.talk for run in runs if run.talk is not None}
    if len(talks) < LEAST:
        reason = f"{len(runs)} applied runs of hf:{name} came from {len(talks)} different answers; {LEAST} are needed."
        return nothing(adapters.model, reason, runs, len(talks))
    weights = load(parse_source(name))
    model, tokenizer = weights.model.float(), weights.tokenizer
    filler = int(tokenizer.eos_token_id or 0)
    keys = sorted(talks, key=lambda answer: hashlib.sha256(answer.encode()).digest())
    examples = [_example(talks[key], tokenizer, min(MOST_TOKENS, weights.context)) for key in keys]
    learnt = [one for index, one in enumerate(examples) if index % HELD]
    lessons = Lessons(
        TalkDraw(learnt, filler),
        [as_batch([one], filler) for one in examples[::HELD]],
        [as_batch([Example(tokens, 1)], filler) for tokens in _guard(tokenizer)],
    )
    folder = adapters.next_folder()
    scratch = folder.with_name(f".{folder.name}")
    mark = hashlib.sha256(repr((config, keys)).encode()).hexdigest()[:12]
    fitted = fit(model, lessons, config, scratch, mark, say)
    return settled(adapters, folder, scratch, fitted, runs, len(talks))


def _example(talk: Talk, tokenizer: Any, most: int) -> Example:
    """In the model's own template where it has one."""
    asked = [{"role": role, "content": text} for role, text in talk.messages]
    if getattr(tokenizer, "chat_template", None):
        text = tokenizer.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)
    else:
        parts = [f"### {role.capitalize()}\n{text.strip()}\n" for role, text in talk.messages]
        text = "\n".join([*parts, "### Assistant\n"])
    question = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    end = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
    answer = [*tokenizer(talk.answer, add_special_tokens=False)["input_ids"], *end][: most // 2]
    question = question[-(most - len(answer)) :]
    return Example([*question, *answer], len(question))


def _guard(tokenizer: Any) -> list[list[int]]:
    units = [unit.text for unit in harvest(standard_library(), Counts(), 40) if unit.kind == "function"]
    random.Random("guard").shuffle(units)
    return [tokenizer(text, add_special_tokens=False)["input_ids"][:GUARD_TOKENS] for text in units[:GUARD_PIECES]]
