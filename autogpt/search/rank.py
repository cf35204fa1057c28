"""Chooses among edits that pass the same tests: the most plausible first."""

from __future__ import annotations

from collections.abc import Sequence

from autogpt.models.base import Brief
from autogpt.search.edit import Edit
from autogpt.search.engine import Solution
from autogpt.search.files import Files


def rank(
    solutions: Sequence[Solution], files: Files, goals: Sequence[str], brief: Brief, tests: frozenset[str]
) -> list[Edit]:
    """Edits, the most plausible first."""
    del goals, brief, tests, files
    return [one.edit for one in sorted(solutions, key=lambda one: (not one.checked, one.key))]
