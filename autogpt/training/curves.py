"""Draws losses by step as an SVG picture, without any library. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from autogpt.training.checkpoints import Point

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 34, 16, 40
TRAIN, VALID, GRID = "#3b6fb6", "#c8553d", "#dddddd"


def curve_svg(title: str, points: Sequence[Point]) -> str:
    """Both losses over steps; a picture without lines for no points."""
    steps = [point.step for point in points] or [0]
    losses = [value for point in points for value in (point.train, point.valid) if value is not None] or [0.0]
    low, high = floor(min(losses)), max(ceil(max(losses)), floor(min(losses)) + 1)
    last = max(1, *steps)

    def place(step: float, loss: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - loss) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{_escaped(title)}</text>',
    ]
    for index in range(5):
        loss, step = low + (high - low) * index / 4, last * index / 4
        (x1, y1), (x2, _) = (place(0, loss).split(","), place(last, loss).split(","))
        parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y1}" stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y1}" text-anchor="end" dy="4">{loss:.2f}</text>')
        x = place(step, low).split(",")[0]
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:.0f}</text>')
    measured = [(point.step, point.valid) for point in points if point.valid is not None]
    for colour, name, some, shift in (
        (TRAIN, "train", [(point.step, point.train) for point in points], 0),
        (VALID, "valid", measured, 60),
    ):
        line = " ".join(place(step, loss) for step, loss in some)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{WIDTH - 130 + shift}" y="20" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">steps</text></svg>')
    return "\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
