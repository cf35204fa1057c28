"""Groups failing tests that one fault can explain, so that each group is searched with its own suspicion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autogpt.feedback.report import TestOutcome
from autogpt.search.localise import Spectrum

ALIKE = 0.5
"""Share of what two tests run, rarely run lines counting more, from which on they count as alike."""


def cluster(outcomes: Sequence[TestOutcome], spectrum: Spectrum, tests: frozenset[str]) -> list[tuple[str, ...]]:
    """Ids in groups, the largest first. Together belong tests that fail at one place or run the same rare code."""
    rarity = _rarity(spectrum)
    profiles = {outcome.id: _profile(outcome.id, spectrum, rarity) for outcome in outcomes}
    groups: list[list[TestOutcome]] = []
    for outcome in outcomes:
        near = [group for group in groups if any(_belong(outcome, other, profiles, tests) for other in group)]
        merged = [outcome, *(one for group in near for one in group)]
        groups = [group for group in groups if group not in near] + [merged]
    order = {outcome.id: index for index, outcome in enumerate(outcomes)}
    sized = sorted(groups, key=lambda group: (-len(group), min(order[one.id] for one in group)))
    return [tuple(sorted((one.id for one in group), key=order.__getitem__)) for group in sized]


def _rarity(spectrum: Spectrum) -> Counter[tuple[str, int]]:
    return Counter((path, line) for lines in spectrum.passing.values() for path in lines for line in lines[path])


def _profile(id: str, spectrum: Spectrum, rarity: Counter[tuple[str, int]]) -> dict[tuple[str, int], float]:
    lines = spectrum.failing.get(id, {})
    return {(path, line): 1.0 / (1 + rarity[path, line]) for path in lines for line in lines[path]}


def _belong(
    one: TestOutcome, other: TestOutcome, profiles: dict[str, dict[tuple[str, int], float]], tests: frozenset[str]
) -> bool:
    if one.id.partition("[")[0] == other.id.partition("[")[0]:
        return True
    place, other_place = _place(one, tests), _place(other, tests)
    if place and place == other_place:
        return True
    return _likeness(profiles[one.id], profiles[other.id]) > ALIKE


def _place(outcome: TestOutcome, tests: frozenset[str]) -> tuple[str, int] | None:
    frames = [frame for frame in outcome.frames if frame.path not in tests]
    return (frames[-1].path, frames[-1].line) if frames else None


def _likeness(one: dict[tuple[str, int], float], other: dict[tuple[str, int], float]) -> float:
    keys = one.keys() | other.keys()
    whole = sum(one.get(key) or other.get(key, 0.0) for key in keys)
    return sum(one[key] for key in one.keys() & other.keys()) / whole if whole else 0.0
