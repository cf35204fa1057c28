"""Which operators look at which nodes; the one place that lists them all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autogpt.search.space import (
    attributes, calls, conditions, constants, ingredients, operators, subscripts, wraps, wrong_names,
)  # fmt: skip
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


def statement_fixes(scope: Scope, stmt: ast.stmt | None) -> Iterator[Fix]:
    """Every fix of a statement as a whole; of the scope's header when the statement is None."""
    return iter(())
