"""The root command, its lazily loaded subcommands, and the boundary where errors become one line and an exit code."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

import click

from autogpt import __version__
from autogpt.errors import AutogptError, Stopped

COMMANDS = {
    "implement": ("autogpt.cli.run_commands", "Do what TASK says, on a scratch branch, judged by the tests."),
    "fix": ("autogpt.cli.run_commands", "Turn failing tests green: those named, or all."),
    "refine": ("autogpt.cli.run_commands", "Another round on a run's branch, from your comment."),
    "resume": ("autogpt.cli.run_commands", "Go on with a run that was interrupted."),
    "runs": ("autogpt.cli.review_commands", "List the runs of this workspace."),
    "show": ("autogpt.cli.review_commands", "Tell a run: plan, tests, evidence, cost."),
    "diff": ("autogpt.cli.review_commands", "Print the diff a run proposes."),
    "apply": ("autogpt.cli.review_commands", "Write a run's proposal into your files."),
    "revert": ("autogpt.cli.review_commands", "Take back what `apply` wrote."),
    "discard": ("autogpt.cli.review_commands", "Delete a run's branch and journal."),
    "doctor": ("autogpt.cli.info_commands", "Say what was found here and what is missing."),
    "models": ("autogpt.cli.info_commands", "List the models that can be used."),
    "train": ("autogpt.cli.train_commands", "Train the built-in model, stage by stage."),
    "learn": ("autogpt.cli.learn_commands", "Adapt a model to the results you applied, if that helps."),
    "bench": ("autogpt.cli.bench_commands", "Measure a model over workspaces with tasks."),
    "lsp": ("autogpt.cli.info_commands", "Serve editors over the Language Server Protocol."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help, and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"No command `{args[0]}`." + (f" Did you mean `{near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Nothing of yours is touched before `autogpt apply`. Start with `autogpt doctor`.",
)
@click.version_option(__version__, prog_name="autogpt")
def root() -> None:
    """Implement tasks in a project: work on a scratch branch, let its own tests judge, hand you the diff."""


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command; the exit code of the contract. Every failure a person can meet is one line on standard error."""
    try:
        outcome = root.main(args=list(arguments), prog_name="autogpt", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Cancelled.", err=True)
        return 130
    except Stopped as stopped:
        click.echo(stopped.reason, err=True)
        return 130 if stopped.cancelled else 1
    except AutogptError as error:
        click.echo(f"autogpt: {error.sentence()}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`autogpt diff | head`): not an error, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        click.echo(f"autogpt: {error}", err=True)
        return 1
    except Exception as error:
        _report_fault(error)
        return 1


def _report_fault(error: Exception) -> None:
    """One line for the person, the traceback in a file for whoever mends it."""
    import traceback

    from autogpt import paths

    path = paths.state_home() / "fault.txt"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    click.echo(f"autogpt: a fault of its own ({type(error).__name__}: {error}); details in {path}", err=True)
