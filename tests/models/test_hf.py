"""Local weights by transformers: the same answers as its own `generate`, sooner; every bad model said in a sentence."""

from __future__ import annotations

import json
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models import weights
from autogpt.models.base import ContextTooLong, Message
from autogpt.models.chat import ChatProposer
from autogpt.models.hf import HFModel
from autogpt.models.hub import cached_models, describe
from autogpt.models.weights import parse_source
from autogpt.models.writing import Job, Written
from autogpt.stop import Stop
from tests.models import tiny
from tests.models.work import Round

ASK = [Message("system", "Be brief."), Message("user", "abcabcabc Hello abcabcabc?")]


def plain(folder: Path, messages: list[Message], tokens: int) -> str:
    """What transformers' own greedy search writes."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    words: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    text = words.apply_chat_template(
        [{"role": one.role, "content": one.content} for one in messages], add_generation_prompt=True, tokenize=False
    )
    ids = torch.tensor([words(text, add_special_tokens=False)["input_ids"]])
    out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False)
    return str(words.decode(out[0, ids.shape[1] :], skip_special_tokens=True))


def test_the_answer_is_the_one_of_generate(tiny_model: Path) -> None:
    """Keeping the prompt and guessing ahead change the speed, not a single token."""
    model = HFModel(str(tiny_model))
    longer = [*ASK, Message("assistant", "abc"), Message("user", "And then? abcabcabc")]
    for messages in (ASK, longer, ASK):
        (completion,) = model.complete(messages, max_tokens=80, stop=Stop())
        assert completion.text == plain(tiny_model, messages, 80)


def test_a_later_prompt_reuses_the_reading_of_an_earlier_one(tiny_model: Path) -> None:
    model = HFModel(str(tiny_model))
    model.complete(ASK, max_tokens=4, stop=Stop())
    longer = [ASK[0], Message("user", ASK[1].content + " More?")]
    (completion,) = model.complete(longer, max_tokens=4, stop=Stop())
    tokens = completion.tokens
    assert tokens.cached >= len(ASK[0].content) + len(ASK[1].content) and tokens.cached < tokens.prompt
    assert tokens.completion == 4


def test_candidates_differ_and_do_not_disturb_the_kept_reading(tiny_model: Path) -> None:
    model = HFModel(str(tiny_model))
    before = model.complete(ASK, max_tokens=30, stop=Stop())[0].text
    several = model.complete(ASK, n=4, temperature=1.0, max_tokens=20, stop=Stop())
    assert len(several) == 4 and len({one.text for one in several}) > 1
    assert sum(one.tokens.completion for one in several) <= 80
    assert model.complete(ASK, max_tokens=30, stop=Stop())[0].text == before


def test_an_answer_that_reaches_its_limit_is_truncated(tiny_model: Path) -> None:
    (completion,) = HFModel(str(tiny_model)).complete(ASK, max_tokens=3, stop=Stop())
    assert completion.truncated and completion.tokens.completion == 3


def test_an_answer_that_ends_by_itself_is_not(tmp_path: Path) -> None:
    """A model whose every likeliest token is the end mark says nothing, and says that it is done."""
    import torch
    from transformers import AutoModelForCausalLM

    folder = tiny.save(tmp_path / "m")
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head = torch.nn.Linear(32, model.config.vocab_size, bias=False)
        model.lm_head.weight.zero_()
        model.model.norm.weight.fill_(1.0)
    model.save_pretrained(folder)
    config = json.loads((folder / "generation_config.json").read_text())
    config["eos_token_id"] = 0  # all logits are equal, so the first token is the likeliest
    (folder / "generation_config.json").write_text(json.dumps(config))
    (completion,) = HFModel(str(folder)).complete(ASK, max_tokens=9, stop=Stop())
    assert completion.text == "" and not completion.truncated


def test_a_model_without_a_template_is_asked_in_plain_text(tmp_path: Path) -> None:
    folder = tiny.save(tmp_path / "base", template=None)
    (completion,) = HFModel(str(folder)).complete(ASK, max_tokens=5, stop=Stop())
    assert completion.tokens.prompt > len("### System\nBe brief.")


def test_a_template_that_refuses_a_system_message_gets_it_with_the_first_of_the_user(tmp_path: Path) -> None:
    strict = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + tiny.TEMPLATE
    folder = tiny.save(tmp_path / "strict", template=strict)
    (completion,) = HFModel(str(folder)).complete(ASK, max_tokens=5, stop=Stop())
    assert completion.tokens.prompt > len(ASK[0].content) + len(ASK[1].content)


def test_a_template_that_raises_is_said(tmp_path: Path) -> None:
    folder = tiny.save(tmp_path / "m", template="{{ raise_exception('only on Tuesdays') }}")
    with pytest.raises(ModelError, match=r"chat template of .* fails: .*only on Tuesdays"):
        HFModel(str(folder)).complete(ASK, stop=Stop())


def test_a_prompt_longer_than_the_window_is_an_error_of_its_own(tiny_model: Path) -> None:
    model = HFModel(str(tiny_model))
    with pytest.raises(ContextTooLong, match=r"does not fit the window .*\(512\)"):
        model.complete([Message("user", "x" * 600)], stop=Stop())
    assert model.context == tiny.CONTEXT


def test_cancel_is_heard_between_tokens(tiny_model: Path) -> None:
    """And what was read before stays good."""
    model, stop = HFModel(str(tiny_model)), Stop()
    wanted = model.complete(ASK, max_tokens=200, stop=Stop())[0].text
    timer = threading.Timer(0.01, stop.cancel)
    timer.start()
    with pytest.raises(Stopped):
        for _ in range(1000):
            model.complete(ASK, n=4, temperature=1.0, max_tokens=300, stop=stop)
    assert model.complete(ASK, max_tokens=200, stop=Stop())[0].text == wanted


def test_weights_are_loaded_once_and_leave_after_a_while(tiny_model: Path) -> None:
    heard: list[str] = []
    models = [HFModel(f"{tiny_model}?device=cpu") for _ in range(2)]
    for model in models:
        model.notify = heard.append
        model.complete(ASK, max_tokens=2, stop=Stop())
    assert [text.partition(" ")[0] for text in heard] == ["Loading", "Loaded"]
    source = models[0].source
    assert not weights.unload_idle(source, idle=1000) and weights.unload_idle(source, idle=0)


def test_a_half_precision_and_a_quantised_copy_answer_too(tiny_model: Path) -> None:
    for option in ("dtype=bfloat16", "quantize=int8"):
        (completion,) = HFModel(f"{tiny_model}?{option}").complete(ASK, max_tokens=5, stop=Stop())
        assert completion.tokens.completion > 0


def test_a_model_with_recurrent_layers_is_asked_in_the_plain_way(tmp_path: Path) -> None:
    """Its state cannot be taken back, so nothing is kept or guessed."""
    from transformers import MambaConfig, MambaForCausalLM

    words = tiny.tokenizer()
    words.save_pretrained(tmp_path)
    config = MambaConfig(
        vocab_size=len(words), hidden_size=16, state_size=4, num_hidden_layers=2, eos_token_id=words.eos_token_id
    )
    saved: Any = MambaForCausalLM(config)
    saved.save_pretrained(tmp_path)
    given = HFModel(str(tmp_path)).complete(ASK, n=2, max_tokens=5, stop=Stop())
    assert len(given) == 2 and all(one.tokens.cached == 0 for one in given)


def broken(tiny_model: Path, tmp_path: Path, how: str) -> str:
    """A copy of the tiny model with one thing wrong."""
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    config = json.loads((folder / "config.json").read_text())
    file = folder / "model.safetensors"
    match how:
        case "not there":
            return str(tmp_path / "nowhere" / "at" / "all")
        case "empty":
            (folder / "config.json").unlink()
        case "no weights":
            file.unlink()
        case "pickled":
            tiny.save(folder, safe=False)
        case "cut off":
            file.write_bytes(file.read_bytes()[:2000])
        case "a part is missing":
            file.unlink()
            index = {"metadata": {}, "weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}
            (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        case "own code":
            (folder / "m.py").write_text("raise SystemExit('ran')")
            names = {"AutoConfig": "m.C", "AutoModelForCausalLM": "m.M"}
            (folder / "config.json").write_text(json.dumps({**config, "model_type": "mine", "auto_map": names}))
        case "unknown architecture":
            (folder / "config.json").write_text(json.dumps({**config, "model_type": "mine"}))
        case "not causal":
            (folder / "config.json").write_text(json.dumps({"model_type": "vit", "architectures": ["ViTModel"]}))
        case "other sizes":
            (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
        case _:
            raise AssertionError(how)
    return str(folder)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("not there", "There is no model .* on the Hub, and no such folder|not in the cache"),
        ("empty", "holds no model: it has no config.json"),
        ("no weights", "has no weights"),
        ("pickled", "only pickled weights, which can run code.*trusted_model"),
        ("cut off", "damaged or half downloaded"),
        ("a part is missing", "lacks model-00001-of-00002.safetensors: it is half downloaded"),
        ("own code", "needs Python code of its own, which is not run.*trusted_model"),
        ("unknown architecture", "does not know the architecture|cannot be loaded"),
        ("not causal", "is not a causal language model"),
        ("other sizes", "do not fit its configuration"),
    ],
)
def test_a_bad_model_is_said_in_a_sentence(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError) as caught:
        HFModel(broken(tiny_model, tmp_path, how)).complete(ASK, stop=Stop())
    assert re.search(words, caught.value.sentence()), caught.value.sentence()
    assert caught.value.hint and "\n" not in caught.value.sentence()


def test_pickled_weights_of_a_trusted_model_are_loaded(tmp_path: Path) -> None:
    """The person's word is for one model only."""
    folder = tiny.save(tmp_path / "m", safe=False)
    model = HFModel(str(folder), trusted=f"hf:{folder}")
    assert model.complete(ASK, max_tokens=3, stop=Stop())[0].tokens.completion > 0
    with pytest.raises(ModelError):
        HFModel(str(folder), trusted="hf:another").complete(ASK, stop=Stop())


def test_a_run_tells_that_it_loads_before_it_asks(tmp_path: Path) -> None:
    """The window is looked at first, and only a model that is loaded has one. This one's is too small for any task."""
    at, model = Round(tmp_path / "project"), HFModel(str(tiny.save(tmp_path / "m")))
    with pytest.raises(ContextTooLong):
        ChatProposer(model).propose(at.brief, at.desk)
    assert "Loading" in at.notes() and "Loaded" in at.notes()


def test_a_cancelled_run_does_not_wait_for_weights_that_another_is_loading(tmp_path: Path) -> None:
    at, model = Round(tmp_path / "project"), HFModel(str(tiny.save(tmp_path / "m")))
    with weights.borrowed(model.source, Stop(), model.notify):
        at.stop.cancel()
        with pytest.raises(Stopped):
            ChatProposer(model).propose(at.brief, at.desk)


class Cramped:
    """A decoder with memory for so many answers at once."""

    cached, ends = 0, frozenset[int]()

    def __init__(self, most: int) -> None:
        self.most = most
        self.written: list[int] = []

    def forget(self) -> None:
        pass

    def write(self, job: Job, stop: Stop) -> list[Written]:
        import torch

        if job.n > self.most:
            torch.empty(10**15)  # raises what torch raises on a CPU
        self.written.append(job.n)
        return [Written((1, 2), finished=True)] * job.n


@pytest.mark.parametrize(("most", "parts"), [(4, [4]), (3, [2, 2]), (1, [1, 1, 1, 1])])
def test_candidates_that_do_not_fit_the_memory_are_written_in_parts(
    tmp_path: Path, most: int, parts: list[int]
) -> None:
    model, cramped = HFModel(str(tiny.save(tmp_path / "m"))), Cramped(most)
    with weights.borrowed(model.source, Stop(), model.notify) as loaded:
        loaded.decoder = cramped
    assert len(model.complete(ASK, n=4, temperature=1.0, max_tokens=9, stop=Stop())) == 4
    assert cramped.written == parts


def test_a_single_answer_that_does_not_fit_the_memory_is_an_error(tmp_path: Path) -> None:
    model = HFModel(str(tiny.save(tmp_path / "m")))
    with weights.borrowed(model.source, Stop(), model.notify) as loaded:
        loaded.decoder = Cramped(0)
    with pytest.raises(ModelError, match="ran out of memory over") as caught:
        model.complete(ASK, n=2, max_tokens=9, stop=Stop())
    assert "smaller model" in caught.value.hint


def test_weights_are_kept_as_they_were_saved_or_as_asked_for(tmp_path: Path) -> None:
    """Half precision is fast on a CPU only for models that were made for it."""
    import torch
    from transformers import AutoModelForCausalLM

    folder = tiny.save(tmp_path / "m")
    half: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    half.save_pretrained(tmp_path / "half")
    tiny.tokenizer().save_pretrained(tmp_path / "half")
    for text, dtype in (
        (f"{folder}?device=cpu", torch.float32),
        (f"{folder}?device=cpu&dtype=float16", torch.float16),
        (f"{tmp_path / 'half'}?device=cpu", torch.bfloat16),
        (f"{tmp_path / 'half'}?device=cpu&dtype=float32", torch.float32),
    ):
        assert weights.load(parse_source(text)).model.dtype == dtype


def test_four_bits_without_a_gpu_are_refused_before_anything_is_read(tiny_model: Path, tmp_path: Path) -> None:
    """With what to do instead; a model that was stored in four bits is told as clearly."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ModelError, match="int4 needs a CUDA GPU") as asked:
        HFModel(f"{tiny_model}?quantize=int4").complete(ASK, stop=Stop())
    assert "?quantize=int8" in asked.value.hint and "llama.cpp" in asked.value.hint
    stored = shutil.copytree(tiny_model, tmp_path / "stored")
    settings = json.loads((stored / "config.json").read_text())
    settings["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (stored / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError) as caught:
        HFModel(str(stored)).complete(ASK, stop=Stop())
    assert "stored is " in str(caught.value) and "llama.cpp" in caught.value.hint


def test_several_gpus_share_a_model(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers on several devices are asked for, and an answer over such layers is the same. For want of two GPUs they
    lie in the memory and on the disk here, each brought in by accelerate when its turn comes."""
    import torch
    from transformers import AutoModelForCausalLM

    given, load = dict[str, Any](), AutoModelForCausalLM.from_pretrained
    near = dict.fromkeys(("model.embed_tokens", "model.layers.0", "model.rotary_emb", "lm_head"), "cpu")
    apart = {**near, "model.layers.1": "disk", "model.norm": "disk"}

    def split(name: str, **place: Any) -> Any:
        given.update(place)
        monkeypatch.undo()
        return load(name, **{**place, "device_map": apart, "offload_folder": str(tmp_path)})

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", split)
    shared = HFModel(f"{tiny_model}?dtype=float32&guided=no")
    (completion,) = shared.complete(ASK, max_tokens=20, stop=Stop())
    assert given["device_map"] == "auto" and completion.text == plain(tiny_model, ASK, 20)


def test_a_device_that_is_not_there_is_said(tiny_model: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one here")
    with pytest.raises(ModelError, match="no CUDA device here"):
        HFModel(f"{tiny_model}?device=cuda").complete(ASK, stop=Stop())


@pytest.mark.parametrize(
    "text", ["x?size=8", "x?device=tpu", "x?dtype=int3", "x?quantize=int2", "x?trust_remote_code=1"]
)
def test_options_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"option|cannot be"):
        parse_source(text)


def test_the_cache_is_listed_without_loading_anything(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny_model, tmp_path / "models--ada--tiny" / "snapshots" / "1")
    half = tmp_path / "models--ada--half" / "snapshots" / "1"
    shutil.copytree(tiny_model, half)
    (half / "model.safetensors").unlink()
    (tmp_path / "models--ada--sound" / "snapshots" / "1").mkdir(parents=True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    listed = dict(cached_models())
    assert set(listed) == {"ada/tiny", "ada/half"}
    assert "context 512, cached" in listed["ada/tiny"] and "without weights" in listed["ada/half"]
    assert describe(tmp_path) is None
