"""The lines under most suspicion as places to show to a person. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from autogpt.events import Place
from autogpt.search.localise import Suspicion, functions_of
from autogpt.search.space.source import Source

MAX_PLACES = 5
SHARE = 0.3
"""Of the highest suspicion: lines below it are all the rest, and naming them would say nothing."""


def places_of(suspicion: Suspicion, sources: Mapping[str, Source]) -> tuple[Place, ...]:
    """Statements of functions by their first lines, the most suspicious first, at most `MAX_PLACES`."""
    found: dict[tuple[str, int], tuple[float, Place]] = {}
    for path in suspicion.lines.keys() & sources.keys():
        lines = sources[path].text.splitlines()
        for name, node in functions_of(sources[path].tree):  # outer before inner, so that the inner name stays
            for line in (stmt.lineno for stmt in ast.walk(node) if isinstance(stmt, ast.stmt) and stmt is not node):
                place = Place(path, line, name, lines[line - 1].strip() if line <= len(lines) else "")
                found[path, line] = suspicion.at(path, line), place
    least = SHARE * max((score for score, _ in found.values()), default=0.0)
    ordered = sorted(found.values(), key=lambda item: (-item[0], item[1].path, item[1].line))
    return tuple(place for score, place in ordered[:MAX_PLACES] if score > 0.0 and score >= least)
