"""Asks the space of edits for all that touch suspicious lines, with what the tests hint at as context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autogpt.feedback.report import TestOutcome
from autogpt.search.edit import Edit
from autogpt.search.files import Files
from autogpt.search.localise import Suspicion
from autogpt.search.space import Ingredients, Source, edits

MAX_EDITS = 60_000


@dataclass(frozen=True, slots=True)
class Generator:
    """Edits for one group of failing tests."""

    sources: Mapping[str, Source]
    files: Files
    outcomes: Sequence[TestOutcome]
    tests: frozenset[str]

    def edits(self, suspicion: Suspicion) -> Iterator[Edit]:
        """File by file, the most suspicious first, at most `MAX_EDITS`."""
        count = 0
        order = sorted(suspicion.lines, key=lambda path: -max(suspicion.lines[path].values(), default=0.0))
        for path in order:
            source = self.sources.get(path)
            if source is None:
                continue
            siblings = tuple(other for name, other in self.sources.items() if name != path)
            context = Ingredients(siblings, self._hints())
            for edit in edits(source, suspicion.lines[path].keys(), context):
                yield edit
                count += 1
                if count >= MAX_EDITS:
                    return

    def _hints(self) -> frozenset[str]:
        """Names in the lines of the tests that failed, and in the messages."""
        texts = [frame.text for outcome in self.outcomes for frame in outcome.frames if frame.path in self.tests]
        texts += [outcome.message for outcome in self.outcomes if outcome.exception in ("AttributeError", "NameError")]
        words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w{2,}", text)}
        return frozenset(words - {"assert", "self", "not", "raises", "pytest", "with", "True", "False", "None"})
