"""Which operators look at which nodes; the one place that lists them all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autogpt.search.space import (
    adapted,
    attributes,
    calls,
    conditions,
    constants,
    flow,
    guards,
    headers,
    ingredients,
    missing,
    operators,
    statements,
    stubs,
    subscripts,
    wraps,
    wrong_names,
)  # fmt: skip
from autogpt.search.space.place import Place
from autogpt.search.space.scope import Scope
from autogpt.search.space.spot import Fix, Spot, spots_of

Operator = Callable[[Spot], Iterator[Fix]]

BY_TYPE: dict[type[ast.expr], tuple[Operator, ...]] = {
    ast.Compare: (operators.comparisons,),
    ast.BinOp: (operators.arithmetic,),
    ast.BoolOp: (operators.boolean,),
    ast.UnaryOp: (operators.unary,),
    ast.Constant: (constants.constants,),
    ast.Name: (wrong_names.names, calls.callees, attributes.missing_attribute),
    ast.Attribute: (attributes.attributes,),
    ast.Call: (calls.calls, calls.keyword_names, wraps.awaits),
    ast.Subscript: (subscripts.subscripts, attributes.receivers),
}

EVERYWHERE: tuple[Operator, ...] = (
    operators.negation,
    constants.containers,
    constants.off_by_one,
    wrong_names.targets,
    wrong_names.calls_missing,
    subscripts.missing_subscript,
    wraps.wraps,
    wraps.unwraps,
    wraps.type_checks,
    calls.uses_of_unused,
    wraps.fallbacks,
    conditions.conditions,
    conditions.filters,
    calls.arguments_by_use,
    ingredients.names_for_values,
    ingredients.expressions,
)


_UNQUOTABLE = frozenset("'\"\\{}\n")


def expression_fixes(scope: Scope, stmt: ast.stmt) -> Iterator[Fix]:
    """Every fix of the expressions of one statement."""
    for spot in spots_of(scope, stmt):
        for operator in (*BY_TYPE.get(type(spot.node), ()), *EVERYWHERE):
            if spot.quoted:
                yield from (fix for fix in operator(spot) if not _UNQUOTABLE & set(fix.text))
            else:
                yield from operator(spot)


ON_STATEMENTS: tuple[Callable[[Place], Iterator[Fix]], ...] = (
    statements.delete,
    statements.swap,
    statements.move,
    statements.copy,
    adapted.adapted,
    adapted.otherwise,
    statements.unwrap_block,
    statements.branches,
    statements.wrap_rest,
    statements.add_else,
    guards.guards,
    guards.conditional,
    guards.defaults,
    flow.leaving,
    flow.assignments,
    flow.exceptions,
    missing.steps,
    missing.exits,
    missing.rebinds,
    missing.set_up,
    stubs.stubs,
)


def statement_fixes(place: Place) -> Iterator[Fix]:
    """Every fix of a statement as a whole."""
    for operator in ON_STATEMENTS:
        yield from operator(place)


def header_fixes(scope: Scope) -> Iterator[Fix]:
    """Every fix of a function's header, its defaults included."""
    yield from headers.headers(scope)
    if scope.outer is not None and isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from expression_fixes(scope.outer, scope.node)
