"""Asks the space of edits for all that touch suspicious lines, with what the tests hint at as context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autogpt.feedback.report import TestOutcome
from autogpt.search.edit import Edit
from autogpt.search.localise import FunctionNode, Suspicion, functions_of
from autogpt.search.space import Ingredients, Source, edits

AT_ONCE = 4
"""Functions of one file whose edits are generated together: the file is gone through once for them."""


@dataclass(frozen=True, slots=True)
class Region:
    """Lines of one file that are looked at together, with the highest suspicion among them."""

    path: str
    lines: frozenset[int]
    suspicion: float


@dataclass(frozen=True, slots=True)
class Generator:
    """Edits for one group of failing tests."""

    sources: Mapping[str, Source]
    outcomes: Sequence[TestOutcome]
    tests: frozenset[str]

    def regions(self, suspicion: Suspicion) -> list[Region]:
        """All suspicious lines, in parts, the most suspicious first."""
        found: list[Region] = []
        for path, lines in suspicion.lines.items():
            if path not in self.sources:
                continue
            left = dict(lines)
            parts: list[tuple[float, frozenset[int]]] = []
            for name, node in reversed(functions_of(self.sources[path].tree)):
                del name
                own = {line: left.pop(line) for line in range(_first(node), (node.end_lineno or 0) + 1) if line in left}
                if own:
                    parts.append((max(own.values()), frozenset(own)))
            if left:
                parts.append((max(left.values()), frozenset(left)))
            parts.sort(key=lambda part: -part[0])
            first = [parts[index : index + 1] for index in range(min(AT_ONCE, len(parts)))]
            for some in [*first, *(parts[at : at + AT_ONCE] for at in range(AT_ONCE, len(parts), AT_ONCE))]:
                found.append(Region(path, frozenset().union(*(lines for _, lines in some)), some[0][0]))
        return sorted(found, key=lambda region: -region.suspicion)

    def edits(self, region: Region) -> Iterator[Edit]:
        """Every edit of the region's statements."""
        siblings = tuple(other for name, other in self.sources.items() if name != region.path)
        return edits(self.sources[region.path], region.lines, Ingredients(siblings, self._hints()))

    def _hints(self) -> frozenset[str]:
        """Names in the lines of the tests that failed, and in the messages."""
        texts = [frame.text for outcome in self.outcomes for frame in outcome.frames if frame.path in self.tests]
        texts += [outcome.message for outcome in self.outcomes if outcome.exception in ("AttributeError", "NameError")]
        words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w{2,}", text)}
        return frozenset(words - {"assert", "self", "not", "raises", "pytest", "with", "True", "False", "None"})


def _first(node: FunctionNode) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
