"""A contest as a table, as plain data and as a picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from autogpt.bench.contest import Row

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 34, 16, 40
VERIFIED, CORRECT, GRID = "#3b6fb6", "#4f9d57", "#dddddd"


def summary(rows: Sequence[Row], cases: int) -> dict[str, Any]:
    """What `--json` prints. `correct` counts what was verified, and is None where no case has hidden tests."""
    verified = [row for row in rows if row.verified]
    judged = [row for row in rows if row.correct is not None]
    correct = [row for row in judged if row.correct]
    return {
        "models": sorted({row.model for row in rows}),
        "cases": cases,
        "run": len(rows),
        "verified": len(verified),
        "correct": sum(row.verified for row in correct) if judged else None,
        "correct_unverified": sum(not row.verified for row in correct) if judged else None,
        "seconds": {
            "median": _median([row.seconds for row in rows]),
            "median_verified": _median([row.seconds for row in verified]),
        },
        "tokens": sum(row.tokens for row in rows),
        "cost_usd": round(sum(row.cost_usd for row in rows), 6),
        "candidates_median": _median([row.candidates for row in rows]),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 2) if values else None


def table(rows: Sequence[Row], cases: int) -> str:
    """Markdown: the sums first, then a line a case."""
    told = summary(rows, cases)
    share = f", {told['verified'] / len(rows):.1%}" if rows else ""
    correct = "not known" if told["correct"] is None else str(told["correct"])
    seconds = told["seconds"]
    head = [
        "| | |",
        "|---|---|",
        f"| model | {', '.join(told['models'])} |",
        f"| cases run | {len(rows)} of {cases} |",
        f"| verified | {told['verified']}{share} |",
        f"| of these correct on hidden tests | {correct} |",
        *([f"| correct, though not verified | {unverified} |"] if (unverified := told["correct_unverified"]) else []),
        f"| seconds, median: all, verified | {_shown(seconds['median'])}, {_shown(seconds['median_verified'])} |",
        f"| tokens, cost | {told['tokens']}, {told['cost_usd']:.4f} USD |",
        "",
        "| case | outcome | correct | seconds | tokens | USD |",
        "|---|---|---|---|---|---|",
    ]
    said = {True: "yes", False: "no", None: "–"}
    lines = [
        f"| {row.name} | {row.status} | {said[row.correct]} | {row.seconds:.1f} | {row.tokens} | {row.cost_usd:.4f} |"
        for row in sorted(rows, key=lambda row: row.name)
    ]
    return "\n".join([*head, *lines])


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def picture(title: str, rows: Sequence[Row], seconds: float) -> str:
    """SVG: how many cases were verified, and how many correct, within how many seconds."""
    most = max(1, len(rows))
    longest = max([seconds, *(row.seconds for row in rows)]) or 1.0

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / longest

    def y(count: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / most

    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{escaped}</text>',
    ]
    for index in range(5):
        count, second = most * index / 4, longest * index / 4
        line = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(count):.1f}" y2="{y(count):.1f}"'
        parts.append(f'<line {line} stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(count):.1f}" text-anchor="end" dy="4">{count:g}</text>')
        parts.append(f'<text x="{x(second):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{second:g}</text>')
    for colour, name, times, shift in (
        (VERIFIED, "verified", [row.seconds for row in rows if row.verified], 0),
        (CORRECT, "correct", [row.seconds for row in rows if row.verified and row.correct], 60),
    ):
        steps = [(0.0, 0)]
        for count, second in enumerate(sorted(times), 1):
            steps += [(second, count - 1), (second, count)]
        steps.append((longest, len(times)))
        points = " ".join(f"{x(second):.1f},{y(count):.1f}" for second, count in steps)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{WIDTH - 130 + shift}" y="20" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">seconds</text></svg>')
    return "\n".join(parts) + "\n"
