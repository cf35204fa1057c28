"""Which tests a run is shown, and which are kept back to check it. Pure."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benchmarks.repair.suite import TestFacts

Site = tuple[str, int]

SHOWN_AT_MOST = 25
SECONDS_AT_MOST = 2.0


@dataclass(frozen=True, slots=True)
class Split:
    """`failing` and `hidden` are names of test functions; `keep` are first lines by file."""

    failing: tuple[str, ...]
    hidden: tuple[str, ...]
    keep: dict[str, tuple[int, ...]]


def split_tests(
    tests: Mapping[str, TestFacts],
    failed: Collection[str],
    reaching: Collection[str],
    cuttable: Collection[Site],
    dice: random.Random,
) -> Split | None:
    """Show some of the failing test functions and of the passing ones that reach the bug.

    None when a failing test cannot be cut out of its file, so that it could not be hidden.
    """
    groups: dict[Site, list[str]] = {}
    for id, facts in tests.items():
        groups.setdefault(facts.site, []).append(id)
    failing = sorted({tests[id].site for id in failed})
    if any(site not in cuttable for site in failing):
        return None
    passing = sorted({tests[id].site for id in reaching if tests[id].site in cuttable} - set(failing))
    dice.shuffle(failing)
    dice.shuffle(passing)
    hidden = failing[: max(1, round(len(failing) / 3))] if len(failing) > 1 else []
    shown = failing[len(hidden) :]
    keep = [*shown, *_affordable(passing[: (len(passing) + 1) // 2], groups, tests)]
    lines = {path: tuple(sorted(line for p, line in keep if p == path)) for path in sorted({p for p, _ in keep})}
    return Split(_names(shown, groups), _names(hidden, groups), lines)


def _affordable(sites: list[Site], groups: Mapping[Site, list[str]], tests: Mapping[str, TestFacts]) -> list[Site]:
    chosen: list[Site] = []
    seconds = 0.0
    for site in sites:
        cost = sum(tests[id].seconds for id in groups[site])
        if len(chosen) < SHOWN_AT_MOST and seconds + cost <= SECONDS_AT_MOST:
            chosen.append(site)
            seconds += cost
    return chosen


def _names(sites: list[Site], groups: Mapping[Site, list[str]]) -> tuple[str, ...]:
    return tuple(sorted({function_of(id) for site in sites for id in groups[site]}))


def function_of(id: str) -> str:
    """A test id without its parameters."""
    path, _, name = id.partition("::")
    return f"{path}::{name.partition('[')[0]}"
