"""A language model of a few thousand random weights on disk, with a tokenizer of bytes; real files throughout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CONTEXT = 512


def tokenizer(template: str | None = TEMPLATE) -> Any:
    """Every byte is a token, and so are the marks of the chat template."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    marks = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw: Any = Tokenizer(BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens(marks)
    made: Any = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", additional_special_tokens=marks[1:])
    made.chat_template = template
    made.model_max_length = 100_000
    return made


def save(folder: Path, *, template: str | None = TEMPLATE, safe: bool = True, seed: int = 0, **config: Any) -> Path:
    """Write model and tokenizer as `save_pretrained` does; `safe=False` pickles the weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(template)
    words.save_pretrained(folder)
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    settings = LlamaConfig(
        **{**sizes, "num_key_value_heads": 2, "max_position_embeddings": CONTEXT, **config},  # type: ignore[arg-type]
        vocab_size=len(words),
        eos_token_id=words.eos_token_id,
        bos_token_id=None,
        tie_word_embeddings=False,
    )
    model: Any = LlamaForCausalLM(settings)
    for name, weights in model.named_parameters():
        if "norm" not in name:
            weights.data.normal_(0.0, 0.4)  # unlike the default, enough to make likeliest tokens differ clearly
    model.save_pretrained(folder)
    if not safe:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    return folder
