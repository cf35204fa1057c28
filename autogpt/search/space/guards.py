"""Missing guards and base cases: an early return, `continue` or `raise` under a condition built from names in scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autogpt.search.space.conditions import atoms, conditions_of
from autogpt.search.space.place import Place, unit_of
from autogpt.search.space.precedence import TEST
from autogpt.search.space.scope import Function, Scope
from autogpt.search.space.source import is_docstring
from autogpt.search.space.spot import Fix, fit

_MOST = 90
"""Guards kept at one place, the cheapest; a function has many places."""


def guards(place: Place) -> Iterator[Fix]:
    """An `if` with a way out before a statement."""
    if not place.owns_lines or is_docstring(place.stmt) or not isinstance(place.scope.node, Function):
        return
    if place.source.text.startswith("elif", place.span[0]):
        return
    tests = sorted(_tests(place), key=lambda pair: pair[1])
    ways = sorted(_ways_out(place), key=lambda pair: pair[1])
    at_start = place.outer is None and (place.index == 0 or (place.index == 1 and is_docstring(place.block[0])))
    recursive = at_start and place.scope.uses[place.scope.name.rpartition(".")[2]] > 0
    found = list(_cheapest(tests, ways))
    if recursive:
        bases = [(text, cost - 1.2) for text, cost in tests if text.endswith((" 0", " 1")) or text.startswith("not ")]
        found += _cheapest(bases, [pair for pair in ways if pair[0].startswith("return")])
    found.sort()
    unit = unit_of(place.source)
    for cost, text, way in found[:_MOST]:
        lines = place.line(f"if {text}:") + place.line(way, place.indent + unit)
        yield place.before(lines, "insert-guard", 2.2 + cost + (0.0 if at_start else 0.5))


def _cheapest(
    tests: Sequence[tuple[str, float]], ways: Sequence[tuple[str, float]]
) -> Iterator[tuple[float, str, str]]:
    """Pairs of which the cheapest `_MOST` are some; both come cheapest first."""
    for row, (text, cost) in enumerate(tests[:_MOST], 1):
        for way, way_cost in ways[: _MOST // row]:
            yield cost + way_cost, text, way


def _tests(place: Place) -> Iterator[tuple[str, float]]:
    scope = place.scope
    near = frozenset(name.id for name in ast.walk(place.stmt) if isinstance(name, ast.Name))
    names = tuple(scope.names_at(place.stmt.lineno - 1))
    seen: set[str] = set()
    for text, _, cost in atoms(scope, names, near | frozenset(scope.parameters)):
        if "|" not in text and text not in seen:
            seen.add(text)
            yield text, cost
    known = scope.readable_at(place.stmt.lineno - 1)
    for test in conditions_of(scope):
        if test.text not in seen and "|" not in test.text and test.free <= known:
            yield test.text, 1.6


def _ways_out(place: Place) -> Iterator[tuple[str, float]]:
    if place.is_breakable:
        yield "continue", 0.6
        yield "break", 1.0
    extra = 0.8 if place.is_breakable else 0.0
    for text, cost in results_of(place.scope):
        yield text, cost + extra


def results_of(scope: Scope) -> list[tuple[str, float]]:
    """What a function may return or raise early: what it does return first, then what suits its types."""
    found = scope.module.results.get(scope.name)
    if found is None:
        found = scope.module.results[scope.name] = {}
        _fill(scope, found)
    return list(found.items())


def _fill(scope: Scope, found: dict[str, float]) -> None:
    bare = True
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Return) and node.value is not None:
            bare = False
            text = fit(scope.source, node.value, 0)
            simple = isinstance(node.value, ast.Constant | ast.Name) or len(text) <= 4
            if len(text) <= 40:
                found[f"return {text}"] = 0.5 if simple else 1.4
        elif isinstance(node, ast.Raise) and node.exc is not None:
            found[f"raise {fit(scope.source, node.exc, TEST)}"] = 1.0
    if bare:
        found["return"] = 0.6
    for name in scope.parameters:
        if name != scope.owner and not bare:
            unused = 1.4 if not scope.uses[name] else 0.0
            found.setdefault(f"return {name}", 0.9 - unused)
    constants = (("None", 1.0), ("False", 1.0), ("True", 1.3), ("0", 1.0), ("[]", 1.1), ('""', 1.2), ("1", 1.4),
    ("{}", 1.6),
                 ("-1", 1.8), ("0.0", 1.8), ("()", 2.4), ("set()", 2.6))  # fmt: skip
    kinds = {scope.module.types.get(scope.name + "()", "")}
    for text, cost in constants if not bare else ():
        likely = 0.4 if _kind(text) in kinds else 0.0
        found.setdefault(f"return {text}", cost - likely)
    for name, cost in (("ValueError", 1.6), ("TypeError", 2.2), ("KeyError", 2.6), ("IndexError", 2.6)):
        message = f'"invalid {scope.name.rpartition(".")[2].strip("_").replace("_", " ")}"'
        found.setdefault(f"raise {name}({message})", cost)


def _kind(text: str) -> str:
    return type(ast.literal_eval(text)).__name__ if text != "set()" else "set"


def conditional(place: Place) -> Iterator[Fix]:
    """A statement that should run only under a condition."""
    stmt = place.stmt
    if not place.owns_lines or not isinstance(place.scope.node, Function) or is_docstring(stmt):
        return
    if isinstance(stmt, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass):
        return
    if len(place.lines) > 400 or place.source.text.startswith("elif", place.span[0]):
        return
    found = sorted((cost, text) for text, cost in _tests(place))
    unit = unit_of(place.source)
    body = place.shifted(place.indent + unit)
    extra = 0.6 if isinstance(stmt, ast.Return) and place.is_last else 0.0
    for cost, text in found[:40]:
        yield place.replaced(place.line(f"if {text}:") + body, "add-condition", 2.6 + cost + extra)


def defaults(place: Place) -> Iterator[Fix]:
    """`if x is None: x = []` at the beginning, for a parameter."""
    scope = place.scope
    if place.outer is not None or place.index > 1 or not place.owns_lines or not isinstance(scope.node, Function):
        return
    if is_docstring(place.stmt) or (place.index == 1 and not is_docstring(place.block[0])):
        return
    unit = unit_of(place.source)
    args = scope.node.args
    plain = [*args.posonlyargs, *args.args]
    given = dict(zip([one.arg for one in plain[len(plain) - len(args.defaults) :]], args.defaults, strict=True))
    given |= {one.arg: value for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None}
    for name in scope.parameters:
        if name == scope.owner:
            continue
        default = given.get(name)
        is_none = isinstance(default, ast.Constant) and default.value is None
        for text, cost in (("[]", 3.4), ("{}", 3.6), ("set()", 4.4), ("0", 4.4), ('""', 4.2)):
            lines = place.line(f"if {name} is None:") + place.line(f"{name} = {text}", place.indent + unit)
            yield place.before(lines, "default-value", cost + (0.0 if is_none else 1.4))
        if default is not None and not is_none and isinstance(default, ast.List | ast.Dict | ast.Call | ast.Set):
            yield from _mutable(place, name, default, unit)


def _mutable(place: Place, name: str, default: ast.expr, unit: str) -> Iterator[Fix]:
    """A default that all calls share."""
    start, end = place.source.span(default)
    between = place.source.text[end : place.top]
    value = fit(place.source, default, TEST)
    lines = place.line(f"if {name} is None:") + place.line(f"{name} = {value}", place.indent + unit)
    yield Fix(start, place.top, "None" + between + lines, "mutable-default", 2.0)
