"""Asks the space of edits for all that touch suspicious lines, with what the tests hint at as context."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from autogpt.feedback.report import TestOutcome
from autogpt.search.edit import Edit
from autogpt.search.localise import Suspicion, extent, functions_of
from autogpt.search.space.catalogue import expression_fixes, header_fixes, statement_fixes
from autogpt.search.space.place import Place, places_of
from autogpt.search.space.scope import Function, Module, Scope, scopes_of
from autogpt.search.space.source import Scoped, Source
from autogpt.search.space.spot import Fix
from autogpt.search.synthesis import bodies, unfinished

HINTED = 0.8
"""Nats taken from an edit that uses a name of the failing tests or of their messages."""


@dataclass(frozen=True, slots=True)
class Region:
    """One statement, or the header of a function, by the line it begins on."""

    path: str
    line: int
    suspicion: float
    unfinished: str = ""
    """Qualified name of a function without a body yet: what is generated for it is synthesis."""


@dataclass(frozen=True, slots=True)
class Generator:
    """Edits for one group of failing tests."""

    sources: Mapping[str, Source]
    outcomes: Sequence[TestOutcome]
    tests: frozenset[str]
    texts: Sequence[str] = ()
    """Source texts of the tests' files, with the examples for unfinished functions."""
    neighbours: Callable[[], Iterable[Source]] = tuple
    """All files of the project whose classes an unfinished function may deal with; asked when there is one."""
    _spaces: dict[str, FileSpace] = field(default_factory=dict[str, "FileSpace"])

    def regions(self, suspicion: Suspicion) -> list[Region]:
        """Every statement with a suspicious line, the most suspicious first; among equals in the order of the text."""
        found: dict[tuple[str, int], float] = {}
        holes: dict[tuple[str, int], Region] = {}
        for path in suspicion.lines.keys() & self.sources.keys():
            open_lines = self._unfinished(path, suspicion, holes)
            for stmt in ast.walk(self.sources[path].tree):
                if not isinstance(stmt, ast.stmt) or stmt.lineno in open_lines:
                    continue
                first, last = extent(stmt)
                score = max(suspicion.at(path, line) for line in range(first, last + 1))
                if score > 0.0:
                    found[path, first] = max(score, found.get((path, first), 0.0))
        if holes and self._only_unfinished(holes.values()):
            return list(holes.values())
        ordered = sorted(found, key=lambda key: (-found[key], key))
        return [*holes.values(), *(Region(path, line, found[path, line]) for path, line in ordered)]

    def _only_unfinished(self, holes: Iterable[Region]) -> bool:
        """Whether every test ends in an unfinished function: then nothing but its body can turn it green."""
        starts = {(hole.path, hole.unfinished.rpartition(".")[2]) for hole in holes}
        last = [outcome.frames[-1] for outcome in self.outcomes if outcome.frames]
        ends = [(frame.path, frame.function.rpartition(".")[2]) for frame in last]
        raised = all(outcome.exception == "NotImplementedError" for outcome in self.outcomes)
        return raised and len(ends) == len(self.outcomes) and set(ends) <= starts

    def _unfinished(self, path: str, suspicion: Suspicion, holes: dict[tuple[str, int], Region]) -> frozenset[int]:
        """Note the unfinished functions that the failing tests run, the first of all to look at; their lines."""
        source, lines = self.sources[path], set[int]()
        names = frozenset(unfinished(source))
        for name, node in functions_of(source.tree) if names else ():
            if name not in names:
                continue
            own = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            score = max(suspicion.at(path, line) for line in own)
            if score > 0.0:
                holes[path, node.lineno] = Region(path, node.lineno, score, name)
            lines.update(own)
        return frozenset(lines)

    def edits(self, region: Region) -> Iterator[Edit]:
        """The statement's edits, the cheapest first."""
        if region.unfinished:
            return bodies(self.sources[region.path], region.unfinished, self.texts, tuple(self.neighbours()))
        if region.path not in self._spaces:
            self._spaces[region.path] = FileSpace(self.sources[region.path], self.hints())
        return self._spaces[region.path].edits(region.line)

    def hints(self) -> frozenset[str]:
        """Names in the lines of the tests that failed, and in the messages."""
        texts = [frame.text for outcome in self.outcomes for frame in outcome.frames if frame.path in self.tests]
        texts += [outcome.message for outcome in self.outcomes if outcome.exception in ("AttributeError", "NameError")]
        words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w{2,}", text)}
        return frozenset(words - {"assert", "self", "not", "raises", "pytest", "with", "True", "False", "None"})


class FileSpace:
    """The edits of one file by line; what they share, such as scopes and ingredients, is made once."""

    def __init__(self, source: Source, hints: frozenset[str]) -> None:
        self._source = source
        self._hints = hints
        self._headers: dict[int, Scope] = {}
        self._places: dict[int, list[Place]] = {}
        for scope in scopes_of(Module(source)):
            if isinstance(scope.node, Function):
                self._headers[scope.node.lineno] = scope
            for place in places_of(scope):
                if not isinstance(place.stmt, Scoped):
                    self._places.setdefault(place.stmt.lineno, []).append(place)

    def edits(self, line: int) -> Iterator[Edit]:
        """Of all statements that begin on the line, and of the header of a function that does."""
        fixes: list[tuple[Fix, str]] = []
        if line in self._headers:
            scope = self._headers[line]
            fixes += [(fix, scope.name) for fix in header_fixes(scope)]
        for place in self._places.get(line, ()):
            found = chain(expression_fixes(place.scope, place.stmt), statement_fixes(place))
            fixes += [(fix, place.scope.name) for fix in found]
        seen: set[tuple[int, int, str]] = set()
        text = self._source.text
        for fix, where in sorted(fixes, key=lambda one: one[0].cost):
            if (fix.start, fix.end, fix.text) in seen or text[fix.start : fix.end] == fix.text:
                continue
            seen.add((fix.start, fix.end, fix.text))
            cost = fix.cost - (HINTED if any(hint in fix.text for hint in self._hints) else 0.0)
            yield Edit(self._source.path, fix.start, fix.end, fix.text, fix.kind, where, line, cost)
