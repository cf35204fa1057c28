"""Answers side by side in one row are what each would be by itself; tokens taken back leave no trace."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autogpt.errors import Stopped
from autogpt.models.decoding import Decoder, make_decoder
from autogpt.models.readings import RoomyLayer
from autogpt.models.writing import Job
from autogpt.stop import Stop

PROMPT = (*range(5, 30), *range(5, 20))
SIZES = {"vocab_size": 60, "bos_token_id": None, "pad_token_id": 0, "eos_token_id": 0}


class _Words:
    eos_token_id = 0


def llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(**sizes, num_key_value_heads=2, **SIZES))  # type: ignore[arg-type]


def gpt2() -> Any:
    """Positions are learned, not turned."""
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=128, **SIZES))  # type: ignore[arg-type]


def mistral() -> Any:
    """Layers see the last eight tokens only, which a mask of ours would not say."""
    from transformers import MistralConfig, MistralForCausalLM

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    return MistralForCausalLM(MistralConfig(**sizes, num_key_value_heads=2, sliding_window=8, **SIZES))  # type: ignore[arg-type]


def bloom() -> Any:
    """Makes its positions of the mask."""
    from transformers import BloomConfig, BloomForCausalLM

    return BloomForCausalLM(BloomConfig(hidden_size=32, n_layer=2, n_head=4, **SIZES))  # type: ignore[arg-type]


def decoder(make: Any) -> Decoder:
    torch.manual_seed(1)
    model = make().eval()
    for name, weights in model.named_parameters():
        if "norm" not in name and "ln" not in name:
            weights.data.normal_(0.0, 0.3)  # unlike the default, enough to make tokens differ clearly
    made = make_decoder(model, _Words())
    assert isinstance(made, Decoder)
    return made


@pytest.mark.parametrize(
    ("make", "shared"), [(llama, True), (gpt2, True), (mistral, False), (bloom, False)], ids=lambda one: str(one)[:16]
)
def test_each_of_several_answers_is_as_likely_as_it_is_by_itself(make: Any, shared: bool) -> None:
    """An answer that saw a token of another one, or a place that is not its own, would be rated otherwise."""
    made = decoder(make)

    written = made.write(Job(PROMPT, 12, n=4, temperature=1.0), Stop())

    assert made.can_share() is shared
    assert len({one.tokens for one in written}) > 1
    for one in written:
        tokens = [*one.tokens, *([0] if one.finished else [])]
        with torch.inference_mode():
            logits = made.model(torch.tensor([[*PROMPT, *tokens]])).logits[0, len(PROMPT) - 1 : -1]
        chances = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None])
        assert one.mean_logprob == pytest.approx(float(chances.mean()), abs=1e-3)


def test_without_chance_all_answers_are_the_likeliest_one() -> None:
    """Among them is the single answer, whose guesses are longer."""
    made = decoder(llama)
    (alone,) = made.write(Job(PROMPT, 40), Stop())
    for one in made.write(Job(PROMPT, 40, n=3, temperature=1e-6), Stop()):
        assert one.tokens == alone.tokens


def test_several_answers_leave_the_reading_as_it_was() -> None:
    """Also when the run is cancelled in the middle of them."""
    made = decoder(llama)
    made.write(Job(PROMPT, 1), Stop())
    stop = Stop()

    class Cancelling(Stop):
        looks = 0

        def check(self) -> None:
            self.looks += 1
            if self.looks == 4:
                raise Stopped("cancelled", cancelled=True)

    with pytest.raises(Stopped):
        made.write(Job(PROMPT, 30, n=3, temperature=1.0), Cancelling())
    made.write(Job(PROMPT, 30, n=3, temperature=1.0), stop)

    assert made.cached == len(PROMPT) - 1
    (reading,) = made.readings
    assert reading.tokens == list(PROMPT) and reading.cache.get_seq_length() == len(PROMPT)
    (again,) = made.write(Job(PROMPT, 20), stop)
    assert again.tokens == decoder(llama).write(Job(PROMPT, 20), stop)[0].tokens


STEPS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 2**9 - 1)), max_size=12)


@settings(max_examples=40)
@given(STEPS)
def test_room_holds_what_was_added_less_what_was_taken_back(steps: list[tuple[int, int, int]]) -> None:
    layer, expected, counter = RoomyLayer(), torch.zeros(1, 2, 0, 3), 0.0
    for more, fewer, chosen in steps:
        new = torch.arange(counter, counter + 6 * more).reshape(1, 2, more, 3)
        counter += 6 * more
        start = expected.shape[-2]
        keys, values = layer.update(new, -new)
        expected = torch.cat([expected, new], -2)
        assert keys.equal(expected) and values.equal(-expected)
        numbers = [start + bit for bit in range(more) if chosen >> bit & 1]
        layer.keep(start, torch.tensor(numbers, dtype=torch.long))
        expected = torch.cat([expected[..., :start, :], expected[..., numbers, :]], -2)
        fewer = min(fewer, expected.shape[-2])
        layer.crop(-fewer)
        expected = expected[..., : expected.shape[-2] - fewer, :]
        assert layer.keys is not None and layer.keys.equal(expected) and layer.get_seq_length() == expected.shape[-2]


@pytest.mark.parametrize("is_right", [True, False])
def test_a_hint_changes_the_passes_and_not_the_answer(is_right: bool) -> None:
    """What is expected is guessed before the prompt has anything like it; a wrong guess is thrown away."""
    made, other = decoder(llama), decoder(llama)
    (plain,) = made.write(Job(PROMPT, 40), Stop())
    hint = plain.tokens if is_right else tuple(reversed(plain.tokens))
    (written,) = other.write(Job(PROMPT, 40, hint=hint), Stop())
    assert written.tokens == plain.tokens
    assert not is_right or other.forwards < made.forwards
