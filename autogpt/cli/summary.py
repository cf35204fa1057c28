"""The end of a run for a person: the diff, the evidence, and what to type next."""

from __future__ import annotations

from pathlib import Path

import click

from autogpt.cli.options import coloured_diff
from autogpt.result import Result

SHOWN_DIFF = 200
"""Lines of diff printed at the end of a run; the rest is a command away."""

_STYLE = {"verified": "bold green", "unverified": "bold yellow", "cancelled": "bold yellow"}
_WORD = {
    "verified": "Verified",
    "unverified": "Not verified",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "error": "Error",
}


def print_result(result: Result, workspace: Path) -> None:
    """Everything a person needs to decide, ending in the commands that carry the decision out."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    if result.diff:
        lines = result.diff.splitlines()
        shown = "\n".join(lines[:SHOWN_DIFF])
        click.echo(coloured_diff(shown))
        if len(lines) > SHOWN_DIFF:
            console.print(f"… {len(lines) - SHOWN_DIFF} more lines: autogpt diff {result.run}")
    console.print()
    style = _STYLE.get(result.status, "bold red")
    console.print(Text(f"{_WORD[result.status]}: ", style=style) + Text(result.reason))
    for line in _evidence(result):
        console.print(Text(f"  {line}"))
    for line in next_steps(result, workspace):
        console.print(Text(f"  {line}", style="cyan"))


def _evidence(result: Result) -> list[str]:
    tests = result.tests
    rows = [
        ("fixed", tests.fixed),
        ("added", tests.added),
        ("broken", tests.broken),
        ("still failing", tests.still_failing),
    ]
    lines = [line for name, ids in rows for line in _listed(name, ids)]
    if tests.preexisting:
        was = "test failed before and is" if len(tests.preexisting) == 1 else "tests failed before and are"
        lines.append(f"{len(tests.preexisting)} other {was} not part of this task")
    lines += [f"warning: {warning}" for warning in result.warnings]
    if result.branch:
        files = ", ".join(f"{stat.path} +{stat.added} -{stat.removed}" for stat in result.files)
        lines += [f"branch {result.branch} ({result.commit[:12]})", f"changes {files}"]
    spent = f", {result.tokens.prompt + result.tokens.completion} tokens" if result.tokens.prompt else ""
    cost = f", ${result.cost_usd:.4f}" if result.cost_usd else ""
    work = f"{counted(result.candidates, 'candidate')} in {counted(result.iterations, 'round')}"
    lines.append(f"{work}, {result.seconds:.1f} s{spent}{cost}")
    return lines


SHOWN_TESTS = 5


def _listed(name: str, ids: tuple[str, ...]) -> list[str]:
    """A line for each test, the first few."""
    lines = [f"{name}: {id}" for id in ids[:SHOWN_TESTS]]
    return [*lines, f"{name}: {len(ids) - SHOWN_TESTS} more"] if len(ids) > SHOWN_TESTS else lines


def counted(number: int, noun: str) -> str:
    """`1 round`, `2 rounds`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def next_steps(result: Result, workspace: Path) -> list[str]:
    """Commands for the decision, ready to paste."""
    import os
    import shlex

    here = Path(os.path.realpath(os.curdir)) == Path(os.path.realpath(workspace))
    place = "" if here else f" -C {shlex.quote(str(workspace))}"
    if not result.branch:
        return []
    return [
        f"review:  autogpt diff {result.run}{place}",
        f"take it: autogpt apply {result.run}{place}",
        f"again:   autogpt refine {result.run} 'what should be different'{place}",
        f"drop it: autogpt discard {result.run}{place}",
    ]
