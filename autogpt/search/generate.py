"""Asks the space of edits for all that touch suspicious lines, with what the tests hint at as context."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain
from math import exp, log

from autogpt.feedback.report import TestOutcome
from autogpt.search.edit import Edit
from autogpt.search.localise import Suspicion, extent, functions_of
from autogpt.search.naturalness import habits_of
from autogpt.search.ranker import Ranker, evidence_text, reordered
from autogpt.search.ranking import count_empty
from autogpt.search.space.catalogue import expression_fixes, header_fixes, statement_fixes
from autogpt.search.space.place import Place, places_of
from autogpt.search.space.scope import Function, Module, Scope, scopes_of
from autogpt.search.space.source import Scoped, Source
from autogpt.search.space.spot import Fix
from autogpt.search.synthesis import bodies, unfinished

HINTED = 0.8
"""Nats taken from an edit that uses a name of the failing tests or of their messages."""
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)
_NAMING = ("AttributeError", "NameError", "UnboundLocalError")
"""Exceptions whose messages name what is missing."""
EMPTY = 1.5
"""Nats taken from the edits of a statement that does something to no effect, such as giving a name to itself."""
USUAL = 0.08
"""Nats taken from an edit for each nat by which it makes the file more usual; one that makes it less so pays as much.
Chosen by `benchmarks.repair.order` among 0.03 to 0.3."""
NEAR = 64
"""Edits of a statement that are looked at for it, the cheapest first: a look takes some 0.1 ms."""
SHARED = 0.3
"""Share of the logarithm of what all edits of a statement weigh that each pays: that a statement has many of them makes
it little likelier to be the wrong one. Chosen by where right edits of the dev half stand, among 0.15 to 1."""
UNUSED = 1.0
"""Nats taken from an edit that reads a parameter or local that nothing reads yet."""


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
    ranker: Ranker | None = None
    """Has a say in the costs of a statement's edits."""
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

    def function_at(self, path: str, line: int) -> str:
        """Qualified name of the innermost function around a line, `` for none."""
        around = [
            (node.lineno, name)
            for name, node in functions_of(self.sources[path].tree)
            if node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return max(around, default=(0, ""))[1]

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
            source = self.sources[region.path]
            siblings = tuple(other for other in self.sources.values() if other is not source)
            self._spaces[region.path] = FileSpace(source, self.hints(), self._raised(), siblings)
        found = self._spaces[region.path].edits(region.line)
        if self.ranker is None:
            return found
        return reordered(found, self.ranker, self.sources[region.path], self._evidence())

    def _evidence(self) -> str:
        """What the first failing test did and what came of it, as the ranker was taught."""
        for outcome in self.outcomes:
            lines = [frame.text for frame in outcome.frames if frame.path in self.tests]
            return evidence_text(lines[-1] if lines else "", outcome.exception, outcome.message)
        return ""

    def _raised(self) -> frozenset[str]:
        """Exceptions that end the failing tests."""
        return frozenset(one.exception for one in self.outcomes if one.exception not in ("", "AssertionError"))

    def hints(self) -> frozenset[str]:
        """Names in the lines of the tests that failed, and in the messages."""
        texts = [frame.text for outcome in self.outcomes for frame in outcome.frames if frame.path in self.tests]
        texts += [outcome.message for outcome in self.outcomes if outcome.exception in _NAMING]
        words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w{2,}", text)}
        return frozenset(words - {"assert", "self", "not", "raises", "pytest", "with", "True", "False", "None"})


class FileSpace:
    """The edits of one file by line; what they share, such as scopes and ingredients, is made once."""

    def __init__(
        self,
        source: Source,
        hints: frozenset[str] = frozenset(),
        raised: frozenset[str] = frozenset(),
        siblings: tuple[Source, ...] = (),
    ) -> None:
        self._source = source
        self._hints = hints
        self._raised = raised
        self._unused: dict[str, re.Pattern[str] | None] = {}
        self._headers: dict[int, Scope] = {}
        self._places: dict[int, list[Place]] = {}
        for scope in scopes_of(Module(source, siblings)):
            if isinstance(scope.node, Function):
                self._headers[scope.node.lineno] = scope
            for place in places_of(scope):
                if not isinstance(place.stmt, Scoped):
                    self._places.setdefault(place.stmt.lineno, []).append(place)

    def edits(self, line: int) -> Iterator[Edit]:
        """Of all statements that begin on the line, and of the header of a function that does."""
        fixes: list[tuple[Fix, Scope]] = []
        given = 0.0
        if line in self._headers:
            scope = self._headers[line]
            fixes += [(fix, scope) for fix in header_fixes(scope)]
        for place in self._places.get(line, ()):
            found = chain(expression_fixes(place.scope, place.stmt), statement_fixes(place))
            fixes += [(fix, place.scope) for fix in found]
            if isinstance(place.stmt, _SIMPLE) and count_empty(place.stmt):
                given = EMPTY
        seen: set[tuple[int, int, str]] = set()
        text, path = self._source.text, self._source.path
        priced = sorted((fix.cost - given - self._bonus(fix, scope), index) for index, (fix, scope) in enumerate(fixes))
        near = sorted((cost - USUAL * self._step(fixes[index][0]), index) for cost, index in priced[:NEAR])
        ordered = list(merge(near, priced[NEAR:]))
        shared = SHARED * log(sum(exp(-cost) for cost, _ in ordered)) if ordered else 0.0
        for cost, index in ordered:
            fix, scope = fixes[index]
            if (fix.start, fix.end, fix.text) in seen or text[fix.start : fix.end] == fix.text:
                continue
            seen.add((fix.start, fix.end, fix.text))
            yield Edit(path, fix.start, fix.end, fix.text, fix.kind, scope.name, line, cost + shared)

    def _step(self, fix: Fix) -> float:
        """How much more usual the file would be with the fix, by the lines that it touches and the one before."""
        source, text = self._source, self._source.text
        start = source.line_start(fix.start)
        start, end = source.line_start(max(0, start - 1)), source.line_end(fix.end)
        before = text[start:end]
        after = text[start : fix.start] + fix.text + text[fix.end : end]
        return habits_of(text).step("\n\n" + before, "\n\n" + after)

    def _bonus(self, fix: Fix, scope: Scope) -> float:
        """Nats for what the failing tests and the function itself hint at."""
        hints = self._raised if fix.kind == "exception-type" else self._hints
        bonus = HINTED if any(hint in fix.text for hint in hints) else 0.0
        unused = self._unused_names(scope)
        if unused is not None and unused.search(fix.text):
            replaced = self._source.text[fix.start : fix.end]
            if len(unused.findall(fix.text)) > len(unused.findall(replaced)):
                bonus += UNUSED
        return bonus

    def _unused_names(self, scope: Scope) -> re.Pattern[str] | None:
        """A pattern of the names that a function binds and never reads; None where there is none."""
        if scope.name not in self._unused:
            names = [
                re.escape(name)
                for name in scope.bound_at
                if isinstance(scope.node, Function) and not scope.uses[name] and name[:1] != "_" and name != scope.owner
            ]
            self._unused[scope.name] = re.compile(rf"\b(?:{'|'.join(names)})\b") if names else None
        return self._unused[scope.name]
