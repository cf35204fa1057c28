"""Writes answers with local weights: the prompt read once and kept, several answers from it, guesses checked at once.

Lossless: each token is the one that the model itself picks; a guess only saves the wait for it. (In half precision
reading several tokens at once rounds differently from reading one, as it does in every engine.)

Several answers lie behind one another in one row after the prompt, and a mask lets each see the prompt and itself only:
the prompt's keys are neither copied nor read once for each of them.
"""

from __future__ import annotations

import copy
import inspect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autogpt.models.drafting import ALONE, SHARED, Drafter
from autogpt.models.picking import Picker
from autogpt.models.readings import Reading, common, new_cache
from autogpt.models.writing import Job, Written
from autogpt.stop import Stop

CHUNK = 512
"""Tokens of a prompt read between two looks at whether the run was cancelled."""
KEPT = 3
"""Prompts whose reading is kept: of a run, of another one beside it, and of the one before."""
CLOSE = 0.05
"""How much logits may differ by the order of computing, in standard deviations; another text differs by about one."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What `forward` is told, and how: the cache's name changed in transformers 5; not every model takes all."""

    cache: str
    has_logits_to_keep: bool
    is_plain: bool
    """Whether every layer sees all that came before, so that a mask of ours may say what it sees."""


@dataclass(slots=True)
class _Answer:
    """One that is being written. `number` counts the answers of a job."""

    number: int
    drafter: Drafter
    tokens: list[int] = field(default_factory=list[int])
    total: float = 0.0
    """Log-probability of all tokens."""
    draft: list[int] = field(default_factory=list[int])

    def add(self, new: Sequence[int]) -> None:
        """What the model wrote where the draft was expected: the part of it that came true and one token more."""
        self.drafter.accept(len(self.draft), len(new) - 1, new)
        self.tokens += new


@dataclass(slots=True)
class Decoder:
    """One model with its kept readings. Not for several threads at once; its owner holds a lock."""

    model: Any
    ends: frozenset[int]
    ways: Ways
    readings: list[Reading] = field(default_factory=list[Reading])
    cached: int = 0
    """Tokens of the last prompt that did not have to be read again."""
    forwards: int = 0
    _can_share: bool | None = None

    @torch.inference_mode()
    def write(self, job: Job, stop: Stop) -> list[Written]:
        """The answers, the likeliest first. Raise `Stopped` between tokens."""
        reading, logits = self._read(list(job.prompt), stop)
        picker = Picker(job, self.model.device, self.ends)
        groups = [range(job.n)] if job.n == 1 or self.can_share() else [range(n, n + 1) for n in range(job.n)]
        try:
            written = [one for group in groups for one in self._answers(reading, logits, job, picker, group, stop)]
        except RuntimeError:
            self.readings.remove(reading)  # memory ran out in the middle: what it holds is not known
            raise
        return sorted(written, key=lambda answer: -answer.mean_logprob)

    def forget(self) -> None:
        """Give the memory of the kept readings back."""
        self.readings.clear()

    def can_share(self) -> bool:
        """Whether several answers in one row come out as each by itself: tried once, on a few tokens."""
        if self._can_share is None:
            self._can_share = self.ways.is_plain and self._is_shared_right()
        return self._can_share

    # Reading the prompt

    def _read(self, prompt: list[int], stop: Stop) -> tuple[Reading, torch.Tensor]:
        """The reading of a prompt and the logits after it, from the kept reading that begins most alike."""
        reading = self._nearest(prompt)
        self.cached = len(reading.tokens)
        logits: torch.Tensor | None = None
        try:
            for start in range(self.cached, len(prompt), CHUNK):
                stop.check()
                part = prompt[start : start + CHUNK]
                logits = self._forward(part, reading.cache, only_last=True)[-1:]
                reading.tokens += part
        except BaseException:
            reading.cache = None  # what was interrupted is not known to be whole
            raise
        finally:
            if reading.cache is not None:
                self.readings.append(reading)
        assert logits is not None  # at least the last token is always read
        return reading, logits

    def _nearest(self, prompt: list[int]) -> Reading:
        """A reading cut back to what it has in common with the prompt; a new one if that is little."""
        shared, best = 0, None
        for reading in self.readings:
            alike = common(reading.tokens, prompt)
            if alike > shared:
                shared, best = alike, reading
        shared = min(shared, len(prompt) - 1)
        if best is None or shared <= 0:
            self.readings = self.readings[-(KEPT - 1) :]
            return Reading([], new_cache())
        if shared * 2 >= len(best.tokens):
            self.readings.remove(best)
        else:
            best = Reading(list(best.tokens), copy.deepcopy(best.cache))
        self.readings = self.readings[-(KEPT - 1) :]
        best.cut(shared)
        return best

    def _forward(self, tokens: Sequence[int], cache: Any, *, only_last: bool = False, **options: Any) -> torch.Tensor:
        """Logits after each token, `[tokens, vocabulary]`."""
        self.forwards += 1
        ids = torch.tensor([tokens], device=self.model.device)
        options[self.ways.cache] = cache
        if only_last and self.ways.has_logits_to_keep:
            options["logits_to_keep"] = 1
        return self.model(input_ids=ids, use_cache=True, **options).logits[0]

    # Writing

    def _answers(
        self, reading: Reading, logits: torch.Tensor, job: Job, picker: Picker, numbers: Sequence[int], stop: Stop
    ) -> list[Written]:
        """These answers of the job side by side. A single one stays in the reading, for the next step to go on from."""
        start, is_only = len(reading.tokens), job.n == 1
        lengths = ALONE if len(numbers) == 1 else SHARED
        answers = [_Answer(number, Drafter((*job.hint, *reading.tokens), lengths)) for number in numbers]
        for answer in answers:
            self._take(answer, logits, picker)
        owners = list[int]()
        """By token behind the prompt: the number of its answer."""
        going = self._going(answers, job)
        try:
            while going:
                stop.check()
                for answer in going:
                    answer.draft = answer.drafter.draft(job.limit - len(answer.tokens) - 1)
                parts = [[answer.tokens[-1], *answer.draft] for answer in going]
                options = self._apart(start, owners, going) if len(numbers) > 1 else {}
                before = start + len(owners)
                after = self._forward([token for part in parts for token in part], reading.cache, **options)
                kept = list[int]()
                for answer, part, place in zip(going, parts, _places(parts), strict=True):
                    count = self._take(answer, after[place : place + len(part)], picker)
                    kept += range(before + place, before + place + count)
                    owners += [answer.number] * count
                reading.keep(before, kept)
                going = self._going(answers, job)
        finally:
            if is_only:
                reading.tokens += answers[0].tokens[: len(owners)]
            else:
                reading.cut(start)
        return [self._written(answer) for answer in answers]

    def _take(self, answer: _Answer, logits: torch.Tensor, picker: Picker) -> int:
        """Add what the model writes after the last token and a draft; how many of the tokens it has read are right."""
        new = picker.follow(logits, answer.draft, answer.number)
        answer.total += picker.logprob(logits, new)
        answer.add(new)
        return len(new)

    def _going(self, answers: Sequence[_Answer], job: Job) -> list[_Answer]:
        return [one for one in answers if one.tokens[-1] not in self.ends and len(one.tokens) < job.limit]

    def _apart(self, start: int, owners: Sequence[int], going: Sequence[_Answer]) -> dict[str, Any]:
        """Mask and positions for the last token and draft of several answers behind one another."""
        numbers = [answer.number for answer in going for _ in (0, *answer.draft)]
        places = [start + len(answer.tokens) - 1 + n for answer in going for n in range(1 + len(answer.draft))]
        device, dtype = self.model.device, self.model.dtype
        seeing = torch.tensor(numbers, device=device)
        seen = torch.tensor([*owners, *numbers], device=device)
        is_seen = (seeing[:, None] == seen).tril(len(owners))
        mask = torch.zeros((len(numbers), start + len(seen)), dtype=dtype, device=device)
        mask[:, start:].masked_fill_(~is_seen, torch.finfo(dtype).min)
        return {"attention_mask": mask[None, None], "position_ids": torch.tensor([places], device=device)}

    def _is_shared_right(self) -> bool:
        """Read two different answers of three tokens in one row; some models make their own of mask or positions."""
        size = self.model.get_input_embeddings().num_embeddings
        prompt, *endings = (
            [(seed + 7 * n) % size for n in range(1, count)] for seed, count in ((3, 6), (5, 4), (9, 4))
        )
        alone = [self._forward([*prompt, *ending], new_cache())[-len(ending) :] for ending in endings]
        reading = Reading(prompt, new_cache())
        self._forward(prompt, reading.cache)
        both = [_Answer(n, Drafter(()), ending[:1], draft=ending[1:]) for n, ending in enumerate(endings)]
        try:
            options = self._apart(len(prompt), (), both)
            together = self._forward([token for ending in endings for token in ending], reading.cache, **options)
        except (TypeError, ValueError, IndexError, RuntimeError):
            return False
        expected = torch.cat(alone).float()
        return bool((together.float() - expected).abs().max() < CLOSE * expected.std())

    def _written(self, answer: _Answer) -> Written:
        tokens, finished = answer.tokens, answer.tokens[-1] in self.ends
        return Written(tuple(tokens[:-1] if finished else tokens), finished, answer.total / len(tokens))


def _places(parts: Sequence[Sequence[int]]) -> list[int]:
    """Where each part begins when they lie behind one another."""
    return [0, *itertools.accumulate(len(part) for part in parts[:-1])]


def make_decoder(model: Any, tokenizer: Any) -> Decoder | PlainDecoder:
    """The decoder that a model's kind of cache allows."""
    from transformers import DynamicCache

    ends = {tokenizer.eos_token_id, *_as_list(model.generation_config.eos_token_id)}
    ends_known = frozenset(int(end) for end in ends if end is not None)
    try:
        layers = {type(layer).__name__ for layer in DynamicCache(config=model.config).layers}
    except (TypeError, ValueError, KeyError, AttributeError):
        layers = {"unknown"}
    if layers <= {"DynamicLayer", "DynamicSlidingWindowLayer"}:
        return Decoder(model, ends_known, _ways(model, is_plain=layers == {"DynamicLayer"}))
    return PlainDecoder(model, ends_known)


def _ways(model: Any, *, is_plain: bool) -> Ways:
    """As the model's own `forward` has them."""
    parameters = inspect.signature(type(model).forward).parameters
    takes_places = {"attention_mask", "position_ids"} <= parameters.keys()
    cache = "cache" if "cache" in parameters else "past_key_values"
    return Ways(cache, "logits_to_keep" in parameters, is_plain and takes_places)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


class PlainDecoder:
    """For models whose state cannot be taken back, such as those with recurrent layers: plain `generate`."""

    cached = 0

    def __init__(self, model: Any, ends: frozenset[int]) -> None:
        self._model = model
        self.ends = ends

    def forget(self) -> None:
        """Nothing is kept."""

    @torch.inference_mode()
    def write(self, job: Job, stop: Stop) -> list[Written]:
        """As `Decoder.write`, in the order the model gives."""
        from transformers import StoppingCriteriaList

        def asked_to_end(input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            return torch.full((input_ids.shape[0],), stop.requested, device=input_ids.device)

        torch.manual_seed(job.seed)
        options: dict[str, Any] = {"do_sample": job.temperature > 0, "num_return_sequences": job.n}
        if job.temperature > 0:
            options["temperature"] = job.temperature
        ids = torch.tensor([job.prompt], device=self._model.device)
        rows = self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=job.limit,
            stopping_criteria=StoppingCriteriaList([asked_to_end]),
            **options,
        )
        stop.check()
        return [self._written(row[len(job.prompt) :].tolist()) for row in rows]

    def _written(self, tokens: list[int]) -> Written:
        end = next((index for index, token in enumerate(tokens) if token in self.ends), None)
        return Written(tuple(tokens if end is None else tokens[:end]), end is not None)
