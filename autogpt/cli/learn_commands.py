"""The command that adapts a model to the results its user applied. Nothing is learnt unless it is called."""

from __future__ import annotations

from dataclasses import asdict, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from autogpt import paths, wire
from autogpt.cli.options import json_option
from autogpt.errors import UsageError

if TYPE_CHECKING:
    from autogpt.models.adapters import Adapters
    from autogpt.training.learning import Lesson

NOT_BETTER = 3


@click.command()
@click.option("--model", default="builtin", show_default=True, help="builtin, or hf:<repository or folder>.")
@click.option("--status", is_flag=True, help="Say what is in use and what was measured; change nothing.")
@click.option("--rollback", is_flag=True, help="Stop using the adapter that was kept last.")
@click.option("--steps", type=click.IntRange(1), metavar="N", help="Updates of the adapter's weights.")
@json_option
def learn(model: str, status: bool, rollback: bool, steps: int | None, as_json: bool) -> int:
    """Adapt a model to the results of your runs that you applied, on this machine; keep it only if it is better.

    From then on it is used with that model. It is a folder in the standard format of adapters, for other servers too.
    """
    from autogpt.models.adapters import Adapters

    if model != "builtin" and not model.startswith("hf:"):
        raise UsageError(f"`{model}` cannot be adapted.", "Give builtin, or hf:<repository or folder>.")
    adapters = Adapters(model.partition("?")[0])
    if status or rollback:
        return _tell_status(adapters, rollback, as_json)
    if find_spec("peft") is None or find_spec("accelerate") is None:
        raise UsageError("Learning needs more packages.", "Install them with: pip install 'autogpt-lsp[train]'")
    lesson = _learn(adapters.model, steps)
    click.echo(wire.dump(asdict(lesson)) if as_json else _sentence(lesson))
    return 0 if lesson.kept else NOT_BETTER


def _learn(model: str, steps: int | None) -> Lesson:
    from autogpt.training import learning, learning_chat

    def say(text: str) -> None:
        click.echo(text, err=True)

    home = paths.state_home()
    if model == "builtin":
        config = learning.DEFAULT
        return learning.learn_builtin(home, say, config=replace(config, steps=steps or config.steps))
    config = learning_chat.DEFAULT
    name = model.removeprefix("hf:")
    return learning_chat.learn_chat(name, home, say, replace(config, steps=steps or config.steps))


def _sentence(lesson: Lesson) -> str:
    if lesson.kept:
        return f"{lesson.reason}\nIn use from here on: {lesson.adapter}"
    return f"Nothing was changed. {lesson.reason}"


def _tell_status(adapters: Adapters, rollback: bool, as_json: bool) -> int:
    if rollback:
        if adapters.current() is None:
            raise UsageError(f"No adapter of {adapters.model} is in use.", "There is nothing to go back from.")
        adapters.roll_back()
    current = adapters.current()
    figures = {} if current is None else adapters.figures(current)
    told = {
        "model": adapters.model,
        "adapter": None if current is None else str(current),
        "earlier": [str(path) for path in adapters.kept()[:-1]],
        "figures": figures,
    }
    if as_json:
        click.echo(wire.dump(told))
    elif current is None:
        click.echo(f"{adapters.model} is used as it came: nothing was learnt, or it was taken back.")
    else:
        click.echo(f"{adapters.model} is used with {current}\n{figures.get('reason', '')}")
    return 0
