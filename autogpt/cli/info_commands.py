"""The commands that tell about the product itself: doctor, models, lsp."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autogpt import config, wire
from autogpt.cli.options import existing, json_option, run_options, workspace_option
from autogpt.errors import AutogptError

if TYPE_CHECKING:
    from autogpt.feedback.doctor import Finding

_MARK = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "missing": ("✗", "red")}


@click.command()
@run_options
def doctor(workspace: Path, as_json: bool, **options: Any) -> int:
    """Say what was found here (git, interpreter, tests, sandbox, model, server) and what to do about it."""
    from autogpt.agent.diagnosis import diagnose_all

    folder = existing(workspace)
    findings = (*diagnose_all(folder, config.load(folder, options)), _server())
    if as_json:
        click.echo(wire.dump({"findings": [asdict(finding) for finding in findings]}))
    for finding in [] if as_json else findings:
        mark, colour = _MARK[finding.status]
        click.echo(click.style(mark, fg=colour) + f" {finding.name}: {finding.found}")
        if finding.what_to_do and finding.status != "ok":
            click.echo(f"    {finding.what_to_do}")
    return 1 if any(finding.status == "missing" for finding in findings) else 0


def _server() -> Finding:
    from autogpt_lsp.check import check

    from autogpt.feedback.doctor import Finding

    try:
        return Finding("server", "ok", check())
    except AutogptError as error:
        return Finding("server", "missing", str(error), error.hint)


@click.command()
@click.option("--endpoint", metavar="URL", help="An OpenAI-compatible server to ask.")
@json_option
@workspace_option
def models(endpoint: str | None, workspace: Path, as_json: bool) -> int:
    """List the models that can be named with --model: built in, cached, served at the endpoint, and the one that is
    configured; with size, context, the format of edits that is used with each, and how often its answers applied."""
    from autogpt.models.registry import known_models

    folder = workspace if workspace.is_dir() else None
    settings = config.load(folder, {"endpoint": endpoint}).settings
    found = known_models(settings, folder)
    if as_json:
        click.echo(wire.dump({"models": [asdict(model) for model in found]}))
    for model in [] if as_json else found:
        mark = "*" if model.name == settings.model else " "
        click.echo(f"{mark} {model.name:<40} {model.note}")
    return 0


@click.command()
@click.option("--tcp", type=int, metavar="PORT", help="Listen on this port of 127.0.0.1 instead of standard streams.")
@click.option("--stdio", is_flag=True, hidden=True, help="The default; clients of VS Code append it.")
def lsp(tcp: int | None, stdio: bool) -> int:
    """Serve editors over the Language Server Protocol, on standard input and output."""
    from autogpt_lsp.cli import serve

    return serve(tcp)
