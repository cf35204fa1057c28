"""Outcomes as the tables that are printed and logged. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

from autogpt.bench.contest import Row
from benchmarks.repair.attempt import Outcome
from benchmarks.repair.mutate import KINDS


def summarize(outcomes: Sequence[Outcome]) -> str:
    """The figures of the log, then the same by scope, group, kind and package."""
    if not outcomes:
        return "No outcome yet."
    fixed = [outcome for outcome in outcomes if outcome.fixed]
    correct = [outcome for outcome in outcomes if outcome.correct]
    searched = [outcome for outcome in outcomes if outcome.candidates]
    lines = [
        f"bugs                      {len(outcomes)}",
        f"fixed and verified        {len(fixed)}  {_percent(len(fixed), len(outcomes))}",
        f"correct on hidden tests   {len(correct)}  {_percent(len(correct), len(fixed))} of the fixed",
        f"the original text         {sum(outcome.same for outcome in outcomes)}",
        f"candidates per second     {_spread([o.per_second for o in searched])}",
        f"candidates tried          {_spread([o.candidates for o in searched])}",
        f"tried until one passed    {_spread([o.until for o in searched if o.until])}",
        f"seconds, all              {_spread([o.seconds for o in outcomes])}",
        f"seconds, fixed            {_spread([o.seconds for o in fixed])}",
        f"seconds around the run    {_spread([o.wall - o.seconds for o in outcomes])}",
        f"peak memory, MB           {max(o.memory_mb for o in outcomes):.0f}",
        f"ends                      {_ends(outcomes)}",
    ]
    tables: list[tuple[str, Callable[[Outcome], Iterable[str]]]] = [
        ("scope", lambda outcome: [outcome.scope]),
        ("group", lambda outcome: sorted({KINDS[kind].group for kind in outcome.kinds})),
        ("kind", lambda outcome: sorted(set(outcome.kinds))),
        ("package", lambda outcome: [outcome.package]),
    ]
    for title, keys in tables:
        lines += ["", *_table(title, outcomes, keys)]
    return "\n".join(lines)


def as_rows(outcomes: Iterable[Outcome]) -> list[Row]:
    """As the rows of other contests, for their table and picture."""
    return [
        Row(
            one.id,
            one.model,
            one.status,
            one.correct if one.fixed else None,
            one.seconds,
            candidates=one.candidates,
            reason=one.reason,
        )
        for one in outcomes
    ]


def _table(title: str, outcomes: Sequence[Outcome], keys: Callable[[Outcome], Iterable[str]]) -> list[str]:
    rows: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for key in keys(outcome):
            rows.setdefault(key, []).append(outcome)
    lines = [f"{title:<26}{'bugs':>6}{'fixed':>7}{'':>7}{'correct':>9}{'seconds':>9}"]
    for key, row in sorted(rows.items()):
        fixed, correct = sum(o.fixed for o in row), sum(o.correct for o in row)
        middle = statistics.median(o.seconds for o in row)
        lines.append(f"{key:<26}{len(row):>6}{fixed:>7}{_percent(fixed, len(row)):>7}{correct:>9}{middle:>9.1f}")
    return lines


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def _spread(values: Sequence[float]) -> str:
    """Median and 90th percentile."""
    if not values:
        return "-"
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, round(0.9 * (len(ordered) - 1)))]
    return f"median {statistics.median(ordered):.1f}, 90th percentile {high:.1f}"


def _ends(outcomes: Sequence[Outcome]) -> str:
    statuses = sorted({outcome.status for outcome in outcomes})
    return ", ".join(f"{status} {sum(o.status == status for o in outcomes)}" for status in statuses)
