"""How tightly expressions bind, so that a rewritten expression gets the parentheses it needs and no others.

The levels follow the grammar of Python's reference, "Operator precedence", loosest first.
"""

from __future__ import annotations

import ast

(
    TUPLE, NAMED, TEST, OR, AND, NOT, COMPARE, BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, TERM, FACTOR, POWER, AWAIT, ATOM,
) = range(17)  # fmt: skip

OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", SUM),
    ast.Sub: ("-", SUM),
    ast.Mult: ("*", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.MatMult: ("@", TERM),
    ast.Pow: ("**", POWER),
    ast.BitOr: ("|", BIT_OR),
    ast.BitXor: ("^", BIT_XOR),
    ast.BitAnd: ("&", BIT_AND),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
}

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def level_of(node: ast.expr) -> int:
    """How tightly the expression's own text binds, its outer parentheses not counted."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)][1]
    if isinstance(node, ast.BoolOp):
        return AND if isinstance(node.op, ast.And) else OR
    if isinstance(node, ast.UnaryOp):
        return NOT if isinstance(node.op, ast.Not) else FACTOR
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | complex)
        and not isinstance(node.value, bool)
    ):
        return AWAIT  # `1.real` is no attribute of 1
    return _LEVELS.get(type(node), ATOM)


_LEVELS: dict[type[ast.expr], int] = {
    ast.Compare: COMPARE,
    ast.IfExp: TEST,
    ast.Lambda: TEST,
    ast.NamedExpr: NAMED,
    ast.Await: AWAIT,
    ast.Yield: TUPLE,
    ast.YieldFrom: TUPLE,
    ast.Tuple: TUPLE,
    ast.Starred: TUPLE,
    ast.GeneratorExp: ATOM,
}


def room_for(parent: ast.AST, field: str) -> int:
    """The loosest level that may stand in this place of the parent without parentheses."""
    if isinstance(parent, ast.BinOp):
        level = OPERATORS[type(parent.op)][1]
        if isinstance(parent.op, ast.Pow):
            return AWAIT if field == "left" else FACTOR
        return level if field == "left" else level + 1
    if isinstance(parent, ast.BoolOp):
        return NOT if isinstance(parent.op, ast.And) else AND
    if isinstance(parent, ast.UnaryOp):
        return NOT if isinstance(parent.op, ast.Not) else FACTOR
    return _ROOMS.get((type(parent), field), _ROOM_OF_TYPE.get(type(parent), TEST))


_ROOM_OF_TYPE: dict[type[ast.AST], int] = {
    ast.Compare: BIT_OR,
    ast.Starred: BIT_OR,
    ast.Attribute: ATOM,
    ast.Await: ATOM,
    ast.Return: TUPLE,
    ast.Assign: TUPLE,
    ast.AugAssign: TUPLE,
    ast.Expr: TUPLE,
    ast.FormattedValue: TEST,
}

_ROOMS: dict[tuple[type[ast.AST], str], int] = {
    (ast.Call, "func"): ATOM,
    (ast.Subscript, "value"): ATOM,
    (ast.Subscript, "slice"): TUPLE,
    (ast.IfExp, "body"): OR,
    (ast.IfExp, "test"): OR,
    (ast.comprehension, "iter"): OR,
    (ast.comprehension, "ifs"): OR,
    (ast.For, "iter"): TUPLE,
    (ast.If, "test"): NAMED,
    (ast.While, "test"): NAMED,
    (ast.Dict, "values"): TEST,
}
