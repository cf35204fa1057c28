"""The command that trains the built-in model, stage by stage or all of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from autogpt import paths
from autogpt.errors import UsageError

STAGES = ("data", "tokenizer", "pretrain", "sft", "rank", "improve", "export")


@click.command()
@click.argument("stage", type=click.Choice(["all", *STAGES]))
@click.option("--recipe", default="cpu", show_default=True, help="smoke, cpu, gpu, or the path of a TOML file.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for all stages.")
@click.option("--seed", type=int, help="Instead of the recipe's.")
@click.option("--max-seconds", type=float, metavar="N", help="A clean stop of pretrain, sft and rank after so long.")
def train(stage: str, recipe: str, out: Path | None, seed: int | None, max_seconds: float | None) -> int:
    """Train the built-in model: one STAGE or all. What was interrupted goes on with the same command."""
    if find_spec("accelerate") is None:
        raise UsageError("Training needs more packages.", "Install them with: pip install 'autogpt-lsp[train]'")
    from dataclasses import replace

    from autogpt.training.recipe import load_recipe
    from autogpt.training.stages import Paused, Work, run_stage

    chosen = load_recipe(recipe)
    if seed is not None:
        chosen = replace(chosen, seed=seed)
    if max_seconds is not None:
        parts = {name: replace(getattr(chosen, name), max_seconds=max_seconds) for name in ("pretrain", "sft", "rank")}
        chosen = replace(chosen, **parts)
    folder = out or paths.state_home() / "training" / chosen.name
    work = Work(chosen, folder, paths.state_home() / "training" / "cache", lambda text: click.echo(text, err=True))
    try:
        for one in STAGES if stage == "all" else (stage,):
            run_stage(one, work)
    except Paused as paused:
        click.echo(paused.sentence(), err=True)
        return 0
    click.echo(str(folder))
    return 0
