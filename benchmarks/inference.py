"""How much sooner local weights answer than plain `generate`: same weights, prompts and machine, in one run.

    python -m benchmarks.inference [--edits 8] [--several 2] [--layers 8] [--width 512] [--threads auto] [--beside 2]

The weights are random, and the output is forced to the text of real edits (functions as later commits of this
repository changed them), so that what is guessed right is what would be guessed right with a good model. Speed depends
on shapes, not on what the weights say. Every answer is compared with that of `generate`, token by token.

*Writing* is what comes after the first token, a *whole* answer has the reading of the prompt with it, which takes both
sides the same time. Candidates, slow on the plain side, are measured on the first few edits (`--several`).

What the person or a failing test points at is known to a run, so guesses begin with an edit of it that changes nothing;
`--no-hint` is without that, `--replay` counts the passes either way. `--beside` busy loops run all the while;
`--threads auto` chooses the threads before each edit, as the worker does.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch

from autogpt.cores import choose
from autogpt.models.decoding import Decoder, make_decoder
from autogpt.models.drafting import Drafter
from autogpt.models.writing import Job
from autogpt.stop import Stop

ROOT = Path(__file__).resolve().parents[1]
LINES = 100
"""Lines of the file around the function in a prompt."""
FORCE = 1e4
CANDIDATES = 8
MOST_THREADS = torch.get_num_threads()


@dataclass(frozen=True)
class Edit:
    """A function before and after a commit, inside its file as it was before."""

    path: str
    name: str
    message: str
    around: str
    before: str
    after: str


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def real_edits(wanted: int) -> Iterator[Edit]:
    """Functions of 8 to 24 lines that a commit changed, newest first, one a commit."""
    found = 0
    for commit in git("log", "--format=%H", "--no-merges", "--", "*.py").split():
        for path in git("diff", "--name-only", "--diff-filter=M", f"{commit}^", commit, "--", "*.py").split():
            before, after = git("show", f"{commit}^:{path}"), git("show", f"{commit}:{path}")
            edit = _changed(path, git("log", "-1", "--format=%s", commit).strip(), before, after)
            if edit is not None:
                yield edit
                found += 1
                break
        if found == wanted:
            return


def _changed(path: str, message: str, before: str, after: str) -> Edit | None:
    old, new = _functions(before), _functions(after)
    for name, (first, text) in old.items():
        if name in new and new[name][1] != text and 8 <= new[name][1].count("\n") + 1 <= 24:
            lines = before.splitlines()
            start = max(0, first - LINES // 2)
            return Edit(path, name, message, "\n".join(lines[start : start + LINES]), text, new[name][1])
    return None


def _functions(source: str) -> dict[str, tuple[int, str]]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    lines = source.splitlines()
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return {node.name: (node.lineno, "\n".join(lines[node.lineno - 1 : node.end_lineno])) for node in nodes}


def make_tokenizer() -> Any:
    """Byte pairs learned from this repository's sources: about four characters a token, as in models of code."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
    from tokenizers.models import BPE

    made: Any = Tokenizer(BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train([str(path) for path in sorted((ROOT / "autogpt").rglob("*.py"))], trainer)
    return made


class Forced:
    """Pushes the output of a model to one text, whatever its weights say; `start` is where the answer begins."""

    def __init__(self, model: Any) -> None:
        self.target: list[int] = []
        self.start = 0
        model.register_forward_hook(self._push, with_kwargs=True)

    def _push(self, _: Any, __: Any, options: dict[str, Any], output: Any) -> Any:
        cache = options.get("cache", options.get("past_key_values"))
        read, count = options["input_ids"].shape[1], output.logits.shape[1]
        seen = cache.get_seq_length() if cache is not None else read
        given = options.get("position_ids")
        positions = range(seen - read, seen) if given is None else given[0].tolist()
        for index, position in enumerate(positions[-count:]):
            place = position + 1 - self.start
            if 0 <= place < len(self.target):
                output.logits[:, index, self.target[place]] += FORCE
        return output


def make_model(words: Any, layers: int, width: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=words.get_vocab_size(),
        hidden_size=width,
        intermediate_size=width * 3,
        num_hidden_layers=layers,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=8192,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config).eval()


class _End:
    eos_token_id = 0


def timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


@torch.inference_mode()
def plain(model: Any, prompt: Sequence[int], limit: int, **options: Any) -> list[list[int]]:
    """transformers' own `generate`, with its cache."""
    ids = torch.tensor([list(prompt)])
    rows = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=limit, **options)
    return [row[len(prompt) :].tolist() for row in rows]


Pair = tuple[float, float]
"""Seconds of plain `generate`, and ours."""


@dataclass(frozen=True)
class Seconds:
    """Of one edit; the candidates with the prompt not read yet, and with the prompt kept."""

    whole: Pair
    writing: Pair
    second: Pair
    unread: Pair | None = None
    kept: Pair | None = None


def measure(words: Any, model: Any, forced: Forced, edit: Edit, *, with_several: bool, with_hint: bool) -> Seconds:
    """One edit, both ways. Raise `AssertionError` when the answers differ."""
    prompt, answer, hint = _tokens(words, edit)
    hint = hint if with_hint else ()
    limit = len(answer) + 8
    forced.target, forced.start = answer, len(prompt)
    decoder = _decoder(model)
    first, _ = timed(lambda: plain(model, prompt, 1, do_sample=False))
    slow, (wanted,) = timed(lambda: plain(model, prompt, limit, do_sample=False))
    our_first, _ = timed(lambda: decoder.write(Job(tuple(prompt), 1), Stop()))
    forwards = decoder.forwards
    fast, (written,) = timed(lambda: decoder.write(Job(tuple(prompt), limit, hint=hint), Stop()))
    assert [*written.tokens, 0] == wanted == answer, "the answers differ"
    told = f"prompt {len(prompt)}, answer {len(answer)} in {decoder.forwards - forwards} forwards"
    print(f"  {edit.path}::{edit.name}: {told}", flush=True)

    # The next step of the same run: the answer and what the tests said about it come after the prompt.
    follow = (*prompt, *answer[:-1], *words.encode("\n## user\nassert 3 == 4 in test_total, line 12\n").ids)
    forced.target = []
    cold, _ = timed(lambda: _decoder(model).write(Job(follow, 1), Stop()))
    warm, _ = timed(lambda: decoder.write(Job(follow, 1), Stop()))
    forced.target = answer
    found = Seconds((slow, our_first + fast), (slow - first, fast), (cold, warm))
    if with_several:
        unread, kept = _several(model, prompt, answer)
        found = replace(found, unread=unread, kept=kept)
    told = "; ".join(f"{one.name} {_shown(getattr(found, one.name))}" for one in fields(found))
    print(f"    seconds: {told}", flush=True)
    return found


def replay(words: Any, edits: Sequence[Edit]) -> None:
    """How many passes the answers take with guesses from the prompt alone, and with the hint; no model is needed, since
    each answer is known."""
    for with_hint in (False, True):
        passes: list[int] = []
        read = 0
        for edit in edits:
            prompt, answer, hint = _tokens(words, edit)
            drafter = Drafter((*(hint if with_hint else ()), *prompt))
            drafter.accept(0, 0, answer[:1])
            written, count = 1, 0
            while written < len(answer):
                draft = drafter.draft(len(answer) - written - 1)
                right = next((n for n, token in enumerate(draft) if token != answer[written + n]), len(draft))
                drafter.accept(len(draft), right, answer[written : written + right + 1])
                written, count, read = written + right + 1, count + 1, read + 1 + len(draft)
            passes.append(count)
        told = f"{statistics.median(passes):.0f} in the median, {sum(passes)} for all; {read} tokens read in them"
        print(f"passes {'with' if with_hint else 'without'} the hint: {told}")


def _tokens(words: Any, edit: Edit) -> tuple[list[int], list[int], tuple[int, ...]]:
    """Prompt, answer and hint."""
    prompt = words.encode(f"{edit.message}\n\n## {edit.path}\n```\n{edit.around}\n```\n").ids
    answer = [*words.encode(_answer(edit, edit.after)).ids, 0]
    return prompt, answer, tuple(words.encode(_answer(edit, edit.before)).ids)


def _answer(edit: Edit, text: str) -> str:
    return f"```edit symbol {edit.path}::{edit.name}\n{text}\n```\n"


def _shown(pair: Pair | None) -> str:
    return f"{pair[0]:.2f} / {pair[1]:.2f}" if pair else "-"


def _several(model: Any, prompt: Sequence[int], answer: list[int]) -> tuple[Pair, Pair]:
    """Candidates from one prompt, ours with the prompt not read yet and kept."""
    limit = len(answer) + 8
    options = {"do_sample": True, "top_k": 0, "num_return_sequences": CANDIDATES}
    together, rows = timed(lambda: plain(model, prompt, limit, **options))
    job = Job(tuple(prompt), limit, CANDIDATES, temperature=1.0)
    decoder = _decoder(model)
    unread, ours = timed(lambda: decoder.write(job, Stop()))
    kept, _ = timed(lambda: decoder.write(job, Stop()))
    assert all(row == answer for row in rows) and all([*one.tokens, 0] == answer for one in ours)
    return (together, unread), (together, kept)


def _decoder(model: Any) -> Decoder:
    made = make_decoder(model, _End())
    assert isinstance(made, Decoder)
    return made


@contextlib.contextmanager
def busy(count: int) -> Generator[None]:
    """So many processes that never rest."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def report(found: Sequence[Seconds]) -> None:
    """One line a figure: how many times sooner."""
    _line("a whole answer that rewrites a symbol", [one.whole for one in found])
    _line("writing it, the prompt read", [one.writing for one in found])
    _line("the first token of a second step", [one.second for one in found])
    _line(f"{CANDIDATES} candidates, prompt not read yet", [one.unread for one in found])
    _line(f"{CANDIDATES} candidates, prompt kept", [one.kept for one in found])


def _line(what: str, pairs: Sequence[Pair | None]) -> None:
    ratios = [pair[0] / pair[1] for pair in pairs if pair]
    if not ratios:
        return
    middle = statistics.median(ratios)
    print(f"{what}: x{middle:.2f} in the median, x{min(ratios):.2f} at least, x{max(ratios):.2f} at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=8)
    parser.add_argument("--several", type=int, default=2)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--threads", default=str(torch.get_num_threads()))
    parser.add_argument("--beside", type=int, default=0)
    parser.add_argument("--no-hint", action="store_true")
    parser.add_argument("--replay", action="store_true", help="count passes, without any model")
    given = parser.parse_args()
    words = make_tokenizer()
    if given.replay:
        replay(words, list(real_edits(given.edits)))
        return
    model = make_model(words, given.layers, given.width)
    size = sum(weights.numel() for weights in model.parameters()) / 1e6
    print(f"Llama of {size:.0f} M parameters, float32, {given.threads} threads, torch {torch.__version__}")
    forced = Forced(model)
    found: list[Seconds] = []
    with busy(given.beside):
        for n, edit in enumerate(real_edits(given.edits)):
            torch.set_num_threads(choose(MOST_THREADS) if given.threads == "auto" else int(given.threads))
            print(f"  {torch.get_num_threads()} threads", flush=True)
            found.append(
                measure(words, model, forced, edit, with_several=n < given.several, with_hint=not given.no_hint)
            )
    report(found)


if __name__ == "__main__":
    main()
