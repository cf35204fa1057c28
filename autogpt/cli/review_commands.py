"""The commands that look at a run and decide about it: runs, show, diff, apply, revert, discard."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click

from autogpt import journal, wire
from autogpt.cli.options import coloured_diff, existing, json_option, workspace_option
from autogpt.state import RunState

run_argument = click.argument("run", default="last")


@click.command()
@json_option
@workspace_option
def runs(workspace: Path, as_json: bool) -> int:
    """List the runs of this workspace, newest first."""
    states = journal.list_runs(existing(workspace))
    if as_json:
        click.echo(wire.dump({"runs": [_listed(state) for state in states]}))
    elif not states:
        click.echo("No runs here yet. Start one with `autogpt fix` or `autogpt implement 'TASK'`.")
    for state in [] if as_json else states:
        title = state.task.title() if state.task else ""
        applied = " applied" if state.applied else ""
        files = ", ".join(f"{stat.path} +{stat.added} -{stat.removed}" for stat in state.files[:3])
        click.echo(
            f"{state.run}  {_ago(state.started):>8}  {state.status:<11}{applied}  {title[:60]}  {files}".rstrip()
        )
    return 0


def _listed(state: RunState) -> dict[str, object]:
    data = asdict(state)
    data.pop("diff")
    data["task"] = state.task.title() if state.task else ""
    return data


def _ago(started: float) -> str:
    seconds = max(0.0, time.time() - started)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


@click.command()
@run_argument
@json_option
@workspace_option
def show(run: str, workspace: Path, as_json: bool) -> int:
    """Tell RUN (the last one if none is named) from its journal: plan, attempts, tests, evidence, cost."""
    from autogpt.cli.progress import describe

    folder = journal.find_run(existing(workspace), run)
    state = journal.state_of(folder)
    if as_json:
        click.echo(wire.dump({**_listed(state), "diff": state.diff}))
        return 0
    for record in journal.read(folder):
        if line := describe(record.event):
            click.echo(line)
    click.echo(f"{state.status}: {state.reason or state.step}")
    for name, ids in (("fixed", state.tests.fixed), ("broken", state.tests.broken), ("added", state.tests.added)):
        for id in ids:
            click.echo(f"  {name}: {id}")
    if state.branch:
        click.echo(f"  branch {state.branch}, commit {state.commit[:12]}, base {state.base[:12]}")
    return 0


@click.command()
@run_argument
@click.option("--file", "files", multiple=True, metavar="F", help="Only this file; may be repeated.")
@workspace_option
def diff(run: str, files: tuple[str, ...], workspace: Path) -> int:
    """Print the diff that RUN (the last one if none is named) proposes."""
    from autogpt.agent import manage

    click.echo(coloured_diff(manage.diff(existing(workspace), run, files)), nl=False)
    return 0


@click.command()
@run_argument
@click.option("--file", "files", multiple=True, metavar="F", help="Only this file; may be repeated.")
@json_option
@workspace_option
def apply(run: str, files: tuple[str, ...], workspace: Path, as_json: bool) -> int:
    """Write the proposal of RUN (the last one if none is named) into your files, three-way, all or nothing."""
    from autogpt.agent import manage

    plan = manage.apply(existing(workspace), run, files or None)
    if as_json:
        conflicts = [asdict(conflict) for conflict in plan.conflicts]
        applied = [] if plan.conflicts else sorted(plan.writes)
        click.echo(wire.dump({"applied": applied, "conflicts": conflicts}))
    elif plan.conflicts:
        click.echo("Nothing was written: the proposal and your files changed the same lines.", err=True)
        for conflict in plan.conflicts:
            place = f"{conflict.path}:{conflict.line}" if conflict.line else conflict.path
            click.echo(f"  {place}: {conflict.reason}", err=True)
        click.echo("  Apply the other files with --file, or merge the branch with git.", err=True)
    else:
        for path in sorted(plan.writes):
            click.echo(f"{'deleted' if plan.writes[path] is None else 'written'}: {path}")
        click.echo(f"Take it back with `autogpt revert {run}`." if plan.writes else "Your files have it all already.")
    return 1 if plan.conflicts else 0


@click.command()
@run_argument
@workspace_option
def revert(run: str, workspace: Path) -> int:
    """Take back what `apply` wrote for RUN (the last one if none is named); later edits of yours stay."""
    from autogpt.agent import manage

    reverted = manage.revert(existing(workspace), run)
    for path in reverted.restored:
        click.echo(f"restored: {path}")
    for conflict in reverted.conflicts:
        click.echo(f"left as it is: {conflict.path}: {conflict.reason}", err=True)
    return 1 if reverted.conflicts else 0


@click.command()
@click.argument("run")
@workspace_option
def discard(run: str, workspace: Path) -> int:
    """Delete the branch and the journal of RUN. What you applied stays in your files."""
    from autogpt.agent import manage

    state = manage.discard(existing(workspace), run)
    branch = f" and its branch {state.branch}" if state.branch else ""
    click.echo(f"Discarded run {state.run}{branch}.")
    return 0
