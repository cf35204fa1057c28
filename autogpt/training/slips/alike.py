"""What people mistake for one another: operators and names."""

from __future__ import annotations

import ast

SWAPS: dict[type[ast.AST], tuple[tuple[str, float], ...]] = {
    ast.Lt: (("<=", 5), (">", 2), (">=", 1)),
    ast.LtE: (("<", 5), (">=", 2), (">", 1)),
    ast.Gt: ((">=", 5), ("<", 2), ("<=", 1)),
    ast.GtE: ((">", 5), ("<=", 2), ("<", 1)),
    ast.Eq: (("!=", 4), ("is", 1), ("in", 1), (">=", 1)),
    ast.NotEq: (("==", 4), ("is not", 1)),
    ast.Is: (("is not", 3), ("==", 1)),
    ast.IsNot: (("is", 3), ("!=", 1)),
    ast.In: (("not in", 3), ("==", 1)),
    ast.NotIn: (("in", 3),),
    ast.Add: (("-", 3), ("*", 1)),
    ast.Sub: (("+", 3), ("//", 0.3)),
    ast.Mult: (("/", 1), ("+", 1), ("**", 1), ("//", 1)),
    ast.Div: (("//", 3), ("*", 2)),
    ast.FloorDiv: (("/", 3), ("%", 2)),
    ast.Mod: (("//", 3), ("/", 1)),
    ast.Pow: (("*", 1),),
    ast.BitAnd: (("|", 2), ("and", 1)),
    ast.BitOr: (("&", 2), ("or", 1), ("^", 1)),
    ast.BitXor: (("|", 1), ("&", 1)),
    ast.LShift: ((">>", 1),),
    ast.RShift: (("<<", 1),),
    ast.And: (("or", 1),),
    ast.Or: (("and", 1),),
}
"""What an operator is mistaken for, and how often."""

ALIKE: tuple[tuple[str, ...], ...] = (
    ("append", "extend", "insert"), ("add", "update"), ("remove", "discard", "pop"), ("pop", "popleft"),
    ("append", "appendleft"), ("strip", "lstrip", "rstrip"), ("startswith", "endswith"), ("find", "rfind", "index"),
    ("index", "rindex"), ("split", "rsplit"), ("split", "splitlines"), ("partition", "rpartition"),
    ("upper", "lower", "title", "capitalize"), ("isupper", "islower"), ("lower", "casefold"), ("ljust", "rjust"),
    ("isdigit", "isalnum", "isalpha"), ("keys", "values", "items"), ("get", "pop", "setdefault"), ("min", "max"),
    ("any", "all"), ("sorted", "list", "reversed"), ("list", "tuple", "set"), ("int", "float"), ("str", "repr"),
    ("ceil", "floor"), ("sum", "len"), ("abs", "int"), ("divmod", "pow"), ("isinstance", "issubclass"),
    ("match", "search", "fullmatch"), ("sub", "subn"), ("read", "readline", "readlines"), ("seconds", "total_seconds"),
    ("union", "intersection", "difference"), ("dict", "OrderedDict"), ("zip", "zip_longest"), ("encode", "decode"),
    ("getattr", "hasattr"), ("days", "seconds"), ("year", "month", "day"), ("hour", "minute", "second"),
    ("start", "end", "stop"), ("first", "last"), ("left", "right"), ("head", "tail"), ("key", "value"),
    ("next", "prev"), ("group", "groups"), ("prefix", "suffix"), ("row", "column"), ("width", "height"), ("x", "y"),
    ("ValueError", "TypeError", "KeyError"), ("KeyError", "IndexError", "AttributeError"), ("lo", "hi"), ("a", "b"),
)  # fmt: skip
"""Names that are mistaken for one another."""
_BETWEEN: dict[str, list[str]] = {}
for _some in ALIKE:
    for _name in _some:
        _BETWEEN.setdefault(_name, []).extend(one for one in _some if one != _name)


def mistaken_for(name: str) -> list[str]:
    """What a name is mistaken for."""
    return _BETWEEN.get(name, [])
