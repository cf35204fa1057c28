"""Options that several commands share, and settings made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from autogpt import config
from autogpt.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

workspace_option = click.option(
    "--workspace",
    "-C",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="here",
    help="The project's folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output at the end.")

_RUN_OPTIONS = [
    click.option("--model", help="builtin, hf:<repository or folder>, or a model's name at --endpoint."),
    click.option("--endpoint", metavar="URL", help="An OpenAI-compatible server; key from AUTOGPT_API_KEY."),
    click.option("--test-command", metavar="CMD", help="Command that runs the tests."),
    click.option("--python", metavar="PATH", help="The project's interpreter."),
    click.option("--max-iterations", type=int, metavar="N", help="Rounds of change and feedback."),
    click.option("--candidates", type=int, metavar="N", help="Candidates asked of a language model a round."),
    click.option("--max-seconds", type=float, metavar="N", help="Time limit; 0 for none."),
    click.option("--max-tokens", type=int, metavar="N", help="Limit of tokens; 0 for none."),
    click.option("--max-cost", type=float, metavar="USD", help="Limit of cost; 0 for none."),
    json_option,
    workspace_option,
]


def run_options(command: F) -> F:
    """The common options of the contract, in its order."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


_DIFF_COLOURS = (("+++", None), ("---", None), ("+", "green"), ("-", "red"), ("@@", "cyan"))


def coloured_diff(text: str) -> str:
    """A unified diff with added and removed lines in colour; where colours cannot be shown, click takes them out."""
    return "".join(_coloured(line) for line in text.splitlines(keepends=True))


def _coloured(line: str) -> str:
    colour = next((colour for mark, colour in _DIFF_COLOURS if line.startswith(mark)), None)
    return click.style(line, fg=colour) if colour else line


def existing(workspace: Path) -> Path:
    """The workspace as an absolute path. Raise `UsageError` if it is not a folder that can be read."""
    path = Path(workspace).absolute()
    if not path.exists():
        raise UsageError(f"There is no folder {path}.", "Give the project's folder with --workspace.")
    if not path.is_dir():
        raise UsageError(f"{path} is a file.", "Give the project's folder with --workspace.")
    return path


def settings_of(workspace: Path, options: dict[str, Any]) -> config.Settings:
    """Settings from every source, the command's options last."""
    return config.load(workspace, options).settings
