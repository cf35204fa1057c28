"""Progress of a run: a live view on a terminal, plain lines elsewhere. Both are told by the same records."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TextIO

from autogpt.events import (
    PHASES,
    ApproachChosen,
    CandidateChosen,
    CandidateJudged,
    CandidateProposed,
    EnvironmentFound,
    Event,
    IterationKept,
    ModelAnswered,
    Noted,
    PhaseStarted,
    PlanMade,
    Record,
    RunStarted,
    SearchProgressed,
    Steered,
    StepDone,
    TestsRan,
    Warned,
)
from autogpt.state import RunState, advance, describe_approach, describe_search, describe_warning

if TYPE_CHECKING:
    from rich.console import Console
    from rich.spinner import Spinner

TITLES = {
    "understand": "Understand",
    "strategy": "Strategy",
    "execute": "Generate and execute",
    "feedback": "Feedback",
    "output": "Output",
}


@contextlib.contextmanager
def progress_to(stream: TextIO) -> Generator[Callable[[Record], None]]:
    """A sink for records that shows them on `stream` until the run ends."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, soft_wrap=True, markup=False, emoji=False)
    if not console.is_terminal:
        yield _plain(console)
        return
    from rich.live import Live

    state = RunState(run="")
    with Live(console=console, refresh_per_second=8, transient=True) as live:

        def show(record: Record) -> None:
            nonlocal state
            state = advance(state, record)
            _print_line(live.console, record.event)
            live.update(_status(state))

        yield show


SIGN_OF_LIFE = 10.0
"""Seconds between two plain lines about a search that goes on."""


def _plain(console: Console) -> Callable[[Record], None]:
    """Lines for a log: events as they are, and now and then where a long search stands."""
    told = 0.0

    def show(record: Record) -> None:
        nonlocal told
        event = record.event
        if not isinstance(event, SearchProgressed):
            told = record.at
            _print_line(console, event)
        elif record.at - told >= SIGN_OF_LIFE:
            told = record.at
            _print_line(console, Noted(describe_search(event)))

    return show


def _print_line(console: Console, event: Event) -> None:
    from rich.text import Text

    line = describe(event)
    if line:
        style = _STYLES.get(type(event), "")
        console.print(Text(line, style=style))


_STYLES: dict[type[object], str] = {
    PhaseStarted: "bold cyan",
    Warned: "yellow",
    IterationKept: "green",
    Noted: "dim",
    ApproachChosen: "dim",
    Steered: "magenta",
}


def describe(event: Event) -> str:  # noqa: PLR0911 - a table
    """One or a few lines for an event; empty for one that only moves the status line."""
    match event:
        case RunStarted():
            return f"Run {event.run}: {event.task.headline()}\n  model {event.model}, base {event.base[:12]}"
        case PhaseStarted():
            number = PHASES.index(event.phase) + 1
            again = f" (round {event.iteration})" if event.iteration > 1 and event.phase != "output" else ""
            return f"[{number}/5] {TITLES[event.phase]}{again}"
        case EnvironmentFound():
            return f"  tests by {event.test_command}\n  {event.sandbox}"
        case TestsRan():
            skipped = f", {event.skipped} skipped" if event.skipped else ""
            counts = f"{event.passed} passed, {event.failed} failed{skipped} in {event.seconds:.2f} s"
            names = "".join(f"\n    fails: {id}" for id in event.failing[:10])
            more = f"\n    and {len(event.failing) - 10} more" if len(event.failing) > 10 else ""
            problem = f"\n  {event.problem}" if event.problem else ""
            return f"  {event.what}: {counts}{names if event.what == 'baseline' else ''}{more}{problem}"
        case PlanMade():
            marks = ["x" if i in event.done else " " for i in range(len(event.steps))]
            return "\n".join(f"  [{mark}] {step}" for mark, step in zip(marks, event.steps, strict=True))
        case StepDone():
            return f"  [x] {event.step}" if event.step else ""
        case CandidateProposed():
            return f"  candidate {event.candidate}: {event.summary}"
        case CandidateJudged():
            found = "".join(f"\n    finds {one}" for one in event.diagnostics[:10])
            return f"  candidate {event.candidate} is {event.status}: {event.reason}{found}"
        case CandidateChosen():
            lines = "".join(f"\n    {line}" for line in event.evidence)
            return f"  candidate {event.candidate}: {event.reason}{lines}"
        case IterationKept():
            return f"  kept as {event.commit[:12]}: {event.summary}"
        case ModelAnswered():
            return f"  the model answered in {event.seconds:.1f} s ({event.tokens.completion} tokens)"
        case Warned():
            return f"  warning: {describe_warning(event)}"
        case ApproachChosen():
            return f"  {describe_approach(event)}"
        case Noted():
            return f"  {event.text}"
        case Steered():
            return f"  you said: {event.message}"
        case _:
            return ""


def _status(state: RunState) -> Spinner:
    from rich.spinner import Spinner
    from rich.text import Text

    cost = f", ${state.cost_usd:.4f}" if state.cost_usd else ""
    text = Text(f" {TITLES.get(state.phase, 'Starting')}: {state.step}  [{state.seconds:.0f} s{cost}]", style="cyan")
    text.no_wrap = True
    text.overflow = "ellipsis"
    return Spinner("dots", text=text)
