"""Whole trainings: through every stage, interrupted and continued, on one process and on two."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from autogpt.errors import UsageError
from autogpt.training.stages import Paused, Work, run_stage


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, to its end, on a network that has nothing but a loopback: the store that processes
    of PyTorch meet at listens on every address there is."""
    alone = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent"]
    command = [*alone, sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def weights(work: Work, stage: str = "pretrain") -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(work.folder(stage) / "model" / "model.safetensors")


def with_earlier(trained: Work, out: Path) -> Work:
    """A folder in which data and tokenizer are done and nothing else."""
    for stage in ("data", "tokenizer"):
        shutil.copytree(trained.folder(stage), out / stage)
    return replace(trained, out=out)


def largest_difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_every_stage_leaves_what_the_next_needs(trained: Work) -> None:
    """The result opens as any model does, with its cards beside it; both trainings have a picture of their losses."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = trained.folder("export") / "model"
    model = AutoModelForCausalLM.from_pretrained(folder)
    words = AutoTokenizer.from_pretrained(folder)

    assert len(words) == model.config.vocab_size
    assert "python-" in (folder / "DATA_CARD.md").read_text() and "Llama" in (folder / "README.md").read_text()
    for stage in ("pretrain", "sft", "rank"):
        assert (trained.folder(stage) / "curve.svg").read_text().count("<polyline") == 2
        done = json.loads((trained.folder(stage) / "done.json").read_text())
        assert done["steps"] == 6 and done["valid"] > 0


def test_training_lowers_the_loss(trained: Work, tmp_path: Path) -> None:
    """Some more steps than the others take are enough to see that the weights go the right way."""
    work = with_earlier(trained, tmp_path)
    longer = replace(trained.recipe.pretrain, steps=30, rate=1e-2, check_every=30)
    run_stage("pretrain", replace(work, recipe=replace(trained.recipe, pretrain=longer)))

    state = json.loads((tmp_path / "pretrain" / "checkpoints" / "step-0000030" / "state.json").read_text())
    first, last = state["points"][0], state["points"][-1]
    assert last[1] < first[1] - 0.1


def test_a_training_in_pieces_is_the_training_in_one(trained: Work, tmp_path: Path) -> None:
    """Stopped by time after every step and continued, the weights come out as those of one session."""
    work = with_earlier(trained, tmp_path)
    hasty = replace(trained.recipe, pretrain=replace(trained.recipe.pretrain, max_seconds=1e-6))
    pauses = 0
    while True:
        try:
            run_stage("pretrain", replace(work, recipe=hasty))
            break
        except Paused:
            pauses += 1

    assert pauses == trained.recipe.pretrain.steps - 1
    assert largest_difference(weights(work), weights(trained)) < 1e-6


def test_a_damaged_checkpoint_costs_a_few_steps_only(trained: Work, tmp_path: Path) -> None:
    """The one before the last is taken, and the end is the same."""
    work = with_earlier(trained, tmp_path)
    shutil.copytree(trained.folder("pretrain") / "checkpoints", tmp_path / "pretrain" / "checkpoints")
    last = tmp_path / "pretrain" / "checkpoints" / "step-0000006" / "weights.safetensors"
    last.write_bytes(last.read_bytes()[:200])
    told: list[str] = []

    run_stage("pretrain", replace(work, say=told.append))

    assert any("step 4 of 6" in line for line in told)
    assert largest_difference(weights(work), weights(trained)) < 1e-6


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap gives the network without a way out")
def test_two_processes_learn_what_one_learns(trained: Work, tmp_path: Path) -> None:
    """Each has half of every batch; gradients are summed between them, so the weights agree but for rounding."""
    work = with_earlier(trained, tmp_path / "out")
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(_as_toml(trained))
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1", "-m")
    done = run(*launcher, "autogpt", "train", "pretrain", "--recipe", recipe, "--out", work.out, cwd=tmp_path)

    assert done.returncode == 0, done.stderr[-3000:]
    assert "processes: 2" in done.stderr
    assert largest_difference(weights(work), weights(trained)) < 1e-4


def _as_toml(work: Work) -> str:
    """The recipe as a file; its name is not part of what is compared."""
    parts = asdict(work.recipe)
    lines = [f"name = {json.dumps(parts.pop('name'))}", f"seed = {parts.pop('seed')}"]
    for name, table in parts.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict)]
    return "\n".join(lines) + "\n"


def test_what_is_done_is_not_done_again(trained: Work) -> None:
    told: list[str] = []

    run_stage("sft", replace(trained, say=told.append))

    assert told == ["sft: done already"]


def test_another_seed_needs_another_folder(trained: Work) -> None:
    """Weights of two recipes are never mixed."""
    with pytest.raises(UsageError, match="another recipe or seed"):
        run_stage("pretrain", replace(trained, recipe=replace(trained.recipe, seed=2)))


def test_a_stage_says_which_one_is_missing(trained: Work, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stage data is not done"):
        run_stage("tokenizer", replace(trained, out=tmp_path))


def test_weights_that_are_too_large_do_not_ship(trained: Work, tmp_path: Path) -> None:
    work = replace(trained, out=tmp_path)
    for stage in ("data", "tokenizer", "pretrain", "sft", "rank", "improve"):
        (tmp_path / stage).symlink_to(trained.folder(stage))
    small = replace(trained.recipe, export=replace(trained.recipe.export, max_megabytes=0.01))

    with pytest.raises(Exception, match="more than 0"):
        run_stage("export", replace(work, recipe=small))
    assert not (tmp_path / "export" / "done.json").exists()


def test_the_command_line_says_what_is_wrong(tmp_path: Path) -> None:
    done = run("-m", "autogpt", "train", "pretrain", "--recipe", "nothing", cwd=tmp_path)

    assert done.returncode == 2
    assert "There is no recipe `nothing`" in done.stderr and "Traceback" not in done.stderr
