"""Makes, saves and opens the decoder: a standard model of `transformers` in the standard format, nothing of our own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from autogpt.models.forms import VERSION, Mark
from autogpt.models.wordpieces import WordPieces
from autogpt.training.files import not_written, replace_folder
from autogpt.training.recipe import ModelConfig


def new_decoder(sizes: ModelConfig, words: WordPieces, seed: int) -> Any:
    """Random weights; embeddings are shared between input and output."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    end = words.mark(Mark.END)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=sizes.width,
        intermediate_size=sizes.inner,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.key_heads,
        max_position_embeddings=sizes.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
    )
    config.autogpt_forms = VERSION  # weights of other forms are not used
    return LlamaForCausalLM(config)


def open_decoder(folder: Path) -> Any:
    """As any other model of a folder, in single precision."""
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)


def save_decoder(model: Any, words: WordPieces, folder: Path, dtype: str = "float32") -> None:
    """Weights, configuration and tokenizer as `save_pretrained` writes them, in one step."""
    import torch
    from transformers import PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        state = {name: value.to(getattr(torch, dtype)) for name, value in model.state_dict().items()}
        model.save_pretrained(scratch, state_dict=state)
        end = Mark.END.value
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=words.raw, eos_token=end, pad_token=end)
        tokenizer.save_pretrained(scratch)
        replace_folder(scratch, folder)
    except OSError as error:
        raise not_written(folder, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
