"""Where the fault may be: how suspicious each line is, from coverage of failing and passing tests, and tracebacks.

The base is Ochiai's coefficient (Abreu, Zoeteweij, van Gemund: "On the accuracy of spectrum-based fault localization",
2007): failing tests that run a line, over the root of failing tests times all tests that run it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from autogpt.feedback.report import TestOutcome
from autogpt.search.space.source import Source

Lines = Mapping[str, Sequence[int]]
"""Lines that a test runs, by path."""

INNERMOST, CALLER, BOUND, NAMED, HEADER, REFERRED, UNREACHED = 0.7, 0.4, 0.3, 0.25, 0.5, 0.3, 0.02
"""What adds to suspicion (the frame that raised, frames above it, lines that bind what it read, a function the test
names), and shares of a function's suspicion for its header, for module-level names it reads, and for its lines that no
failing test ran."""
DECIDING = 0.8
"""Share of a branch's suspicion for the condition that leads into it."""


WEIGHT, UNSEEN = 3.0, 0.3
"""How much those three multiply what coverage says, and what stands for it on a line of which no coverage is known."""
LEAST_SHARE = 0.25
COMPARISONS, COMPARED = frozenset({"__eq__", "__ne__", "__repr__", "__str__", "__hash__"}), 0.35


@dataclass(frozen=True, slots=True)
class Suspicion:
    """From 0 to 1 by path and line; `functions` by path and qualified name, the most suspicious first."""

    lines: Mapping[str, Mapping[int, float]]
    functions: tuple[tuple[str, str, float], ...]
    unreached: Mapping[str, frozenset[int]] = field(default_factory=dict[str, "frozenset[int]"])
    """Lines of functions that failing tests run, that they do not run: only another edit can lead there."""

    def at(self, path: str, line: int) -> float:
        return self.lines.get(path, {}).get(line, 0.0)


@dataclass(slots=True)
class Spectrum:
    """What each test runs. Tests whose lines are not known are not in it."""

    failing: dict[str, Lines] = field(default_factory=dict[str, Lines])
    passing: dict[str, Lines] = field(default_factory=dict[str, Lines])

    def scores(self, goals: Iterable[str]) -> dict[tuple[str, int], float]:
        """Ochiai's coefficient of every line that one of these failing tests runs, times the share that do
        (`LEAST_SHARE` at least): one fault is to explain them all."""
        known = [self.failing[id] for id in goals if id in self.failing]
        failed = Counter((path, line) for lines in known for path in lines for line in lines[path])
        passed: Counter[tuple[str, int]] = Counter()
        for lines in self.passing.values():
            for path in lines:
                passed.update((path, line) for line in lines[path] if (path, line) in failed)
        return {
            key: max(LEAST_SHARE, count / len(known)) * count / sqrt(len(known) * (count + passed[key]))
            for key, count in failed.items()
        }


def localise(
    spectrum: Spectrum, outcomes: Sequence[TestOutcome], sources: Mapping[str, Source], tests: frozenset[str]
) -> Suspicion:
    """Suspicion for one group of failing tests. `sources` are the project's files; `tests` those that hold tests."""
    scores = spectrum.scores(outcome.id for outcome in outcomes)
    scores = {key: value for key, value in scores.items() if key[0] in sources and key[0] not in tests}
    for outcome in outcomes:
        _add_frames(scores, outcome, sources, tests, 1.0 / len(outcomes))
    _add_names(scores, outcomes, sources, tests)
    _discount_comparisons(scores, sources)
    top = max(scores.values(), default=1.0)
    return _spread({key: value / top for key, value in scores.items()}, sources)


def _discount_comparisons(scores: dict[tuple[str, int], float], sources: Mapping[str, Source]) -> None:
    """What the assertion itself calls to compare and to show two values is run by every test, wrong or not."""
    for path in {path for path, _ in scores}:
        for _, node in functions_of(sources[path].tree) if path in sources else ():
            if node.name in COMPARISONS:
                for line in _statement_lines(node):
                    if (path, line) in scores:
                        scores[path, line] *= COMPARED


def _raise_score(scores: dict[tuple[str, int], float], key: tuple[str, int], by: float) -> None:
    scores[key] = scores.get(key, UNSEEN) * (1.0 + WEIGHT * by)


def _add_frames(
    scores: dict[tuple[str, int], float],
    outcome: TestOutcome,
    sources: Mapping[str, Source],
    tests: frozenset[str],
    share: float,
) -> None:
    frames = [frame for frame in outcome.frames if frame.path not in tests]
    for depth, frame in enumerate(reversed(frames[-12:])):
        by = INNERMOST if depth == 0 else CALLER / depth
        _raise_score(scores, (frame.path, frame.line), by * share)
    if frames and frames[-1].path in sources:
        path = frames[-1].path
        for line, steps in _bindings_for(sources[path], frames[-1].line).items():
            if (path, line) in scores:
                _raise_score(scores, (path, line), BOUND / steps * share)


def _bindings_for(source: Source, line: int) -> dict[int, int]:
    """Lines of the same function that bind what the statement at a line reads (1), and what those read (2)."""
    around = [node for _, node in functions_of(source.tree) if node.lineno <= line <= (node.end_lineno or node.lineno)]
    if not around:
        return {}
    inside = [stmt for stmt in ast.walk(around[-1]) if isinstance(stmt, ast.stmt) and stmt is not around[-1]]
    found: dict[int, int] = {}
    lines = {line}
    for steps in (1, 2):
        reads = set[str]().union(*(_reads_at(inside, one) for one in lines))
        lines = {stmt.lineno for stmt in inside if reads & _bound_by(stmt)} - found.keys() - {line}
        found.update(dict.fromkeys(lines, steps))
    return found


def _reads_at(inside: Sequence[ast.stmt], line: int) -> set[str]:
    """Names that the statements there read; of compound ones those of the header."""
    return {
        node.id
        for stmt in inside
        if stmt.lineno <= line <= extent(stmt)[1]
        for node in ast.walk(stmt)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.lineno <= extent(stmt)[1]
    }


def _bound_by(stmt: ast.stmt) -> set[str]:
    """Names that an assignment, a loop or a `with` gives a value."""
    if isinstance(stmt, ast.Assign):
        targets = stmt.targets
    elif isinstance(stmt, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        targets = [stmt.target]
    elif isinstance(stmt, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in stmt.items if item.optional_vars is not None]
    else:
        return set()
    return {
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _add_names(
    scores: dict[tuple[str, int], float],
    outcomes: Sequence[TestOutcome],
    sources: Mapping[str, Source],
    tests: frozenset[str],
) -> None:
    """Functions that are named in the line of the test that failed; all that there is when no coverage is known."""
    texts = [frame.text for outcome in outcomes for frame in outcome.frames if frame.path in tests]
    words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)}
    covered = {path for path, _ in scores}
    for path, source in sources.items():
        if path in tests or (covered and path not in covered):
            continue
        for _, node in functions_of(source.tree):
            if node.name in words:
                for line in _statement_lines(node):
                    if not covered or (path, line) in scores:
                        _raise_score(scores, (path, line), NAMED)


def _statement_lines(node: ast.AST) -> list[int]:
    return [stmt.lineno for stmt in ast.walk(node) if isinstance(stmt, ast.stmt)]


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.AST, prefix: str = "") -> list[tuple[str, FunctionNode]]:
    """Functions with their qualified names, `<locals>` left out, outer before inner."""
    found: list[tuple[str, FunctionNode]] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FunctionNode):
            found.append((prefix + node.name, node))
            found += functions_of(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            found += functions_of(node, f"{prefix}{node.name}.")
        elif not isinstance(node, ast.expr):
            found += functions_of(node, prefix)
    return found


def _spread(scores: Mapping[tuple[str, int], float], sources: Mapping[str, Source]) -> Suspicion:
    """From the lines that a tracer names to all lines of their statements, headers and constants."""
    lines: dict[str, dict[int, float]] = {}
    functions: list[tuple[str, str, float]] = []
    unreached: dict[str, frozenset[int]] = {}
    for path in {path for path, _ in scores}:
        source = sources.get(path)
        if source is None:
            continue
        own = {line: value for (name, line), value in scores.items() if name == path}
        spread = lines[path] = {}
        for name, node in functions_of(source.tree):
            score = _spread_function(node, own, spread)
            if score > 0.0:
                functions.append((path, name, score))
        unreached[path] = frozenset(line for line, score in spread.items() if 0.0 < score <= UNREACHED)
        _spread_module(source.tree, own, spread)
    _spread_names(sources, lines)
    return Suspicion(lines, tuple(sorted(functions, key=lambda one: -one[2])), unreached)


def _spread_function(node: FunctionNode, own: Mapping[int, float], spread: dict[int, float]) -> float:
    """Give every line of the body the score of its statement; the highest of them."""
    top = 0.0
    parts = [(stmt, *extent(stmt)) for stmt in ast.walk(node) if isinstance(stmt, ast.stmt) and stmt is not node]
    for _, first, last in parts:
        top = max([top, *(own[line] for line in range(first, last + 1) if line in own)])
    if top == 0.0:
        return 0.0
    for stmt, first, last in sorted(parts, key=lambda part: part[1] - part[2]):
        score = max((own[line] for line in range(first, last + 1) if line in own), default=UNREACHED * top)
        score = max(score, DECIDING * _decided(stmt, own))
        for line in range(first, last + 1):
            spread[line] = max(score, spread.get(line, 0.0))
    for line in range(_first_line(node), node.body[0].lineno):
        spread.setdefault(line, HEADER * top)
    return top


def _decided(stmt: ast.stmt, own: Mapping[int, float]) -> float:
    """Suspicion of where a condition leads: that a test comes there may be the condition's fault."""
    if not isinstance(stmt, ast.If | ast.While):
        return 0.0
    return max((own.get(block[0].lineno, 0.0) for block in (stmt.body, stmt.orelse) if block), default=0.0)


def extent(stmt: ast.stmt) -> tuple[int, int]:
    """Lines of a statement itself: of a compound one only the header, an `else` and the like left out."""
    body = getattr(stmt, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return stmt.lineno, max(stmt.lineno, _first_line(body[0]) - 1)
    return stmt.lineno, stmt.end_lineno or stmt.lineno


def _first_line(stmt: ast.stmt) -> int:
    decorators = getattr(stmt, "decorator_list", ())
    return min([stmt.lineno, *(decorator.lineno for decorator in decorators)])


def _spread_module(tree: ast.AST, own: Mapping[int, float], spread: dict[int, float]) -> None:
    """Frames at the level of the module or of a class: code that failed while it was imported."""
    for line, score in own.items():
        spread[line] = max(score, spread.get(line, 0.0))


def _spread_names(sources: Mapping[str, Source], lines: dict[str, dict[int, float]]) -> None:
    """A constant of the module or an attribute of a class is as suspicious as what reads it, less a discount."""
    readers: dict[str, float] = {}
    for path, spread in lines.items():
        for node in ast.walk(sources[path].tree):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name and isinstance(node, ast.expr):
                readers[name] = max(readers.get(name, 0.0), spread.get(node.lineno, 0.0))
    for path, source in sources.items():
        for stmt in _level_statements(source.tree):
            bound = [one.id for one in ast.walk(stmt) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
            score = REFERRED * max((readers.get(name, 0.0) for name in bound), default=0.0)
            if score > 0.0:
                spread = lines.setdefault(path, {})
                for line in range(stmt.lineno, (stmt.end_lineno or stmt.lineno) + 1):
                    spread[line] = max(score, spread.get(line, 0.0))


def _level_statements(tree: ast.AST) -> list[ast.stmt]:
    """Assignments at the level of the module and of classes."""
    found: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            found.append(node)
        elif isinstance(node, (ast.ClassDef, ast.If, ast.Try, ast.With)):
            found += _level_statements(node)
    return found
