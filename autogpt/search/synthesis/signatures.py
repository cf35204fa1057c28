"""How a function is called, and how the fields of its class are set, as its file says."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autogpt.search.space.scope import Function, Scope
from autogpt.search.synthesis.examples import Signature, Value


def signature_of(scope: Scope) -> Signature:
    """How tests call the function, and how the class's fields are set."""
    node = scope.node
    assert isinstance(node, Function)
    args = node.args
    plain_args = [*args.posonlyargs, *args.args]
    names = [one.arg for one in plain_args]
    defaults = _defaults(names, args.defaults)
    defaults |= {
        one.arg: value
        for one, value in zip(args.kwonlyargs, map(literal, args.kw_defaults), strict=True)
        if value is not NO_LITERAL
    }
    names += [one.arg for one in args.kwonlyargs]
    if scope.owner and names and names[0] == scope.owner:
        names = names[1:]
    is_property = any(getattr(one, "id", "") in ("property", "cached_property") for one in node.decorator_list)
    variadic = args.vararg.arg if args.vararg else ""
    if not scope.owner or scope.cls is None:
        return Signature(node.name, tuple(names), defaults, "", (), None, variadic)
    fields, given = fields_of(scope.cls)
    return Signature(node.name, tuple(names), defaults, scope.cls.name, fields, given, variadic, is_property)


NO_LITERAL = object()


def literal(node: ast.expr | None) -> Value:
    """The value that an expression says, or `NO_LITERAL`."""
    if node is None:
        return NO_LITERAL
    try:
        return ast.literal_eval(node)
    except ValueError:
        return NO_LITERAL


def _defaults(names: Sequence[str], values: Sequence[ast.expr]) -> dict[str, Value]:
    tail = names[len(names) - len(values) :]
    known = ((name, literal(value)) for name, value in zip(tail, values, strict=True))
    return {name: value for name, value in known if value is not NO_LITERAL}


def fields_of(cls: ast.ClassDef) -> tuple[tuple[str, ...], dict[str, Value]]:
    """Attributes that the constructor sets from its parameters, in the parameters' order."""
    for node in cls.body:
        if isinstance(node, Function) and node.name == "__init__":
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)][1:]
            stored = {
                stmt.value.id: stmt.targets[0].attr
                for stmt in node.body
                if isinstance(stmt, ast.Assign)
                and isinstance(stmt.targets[0], ast.Attribute)
                and isinstance(stmt.value, ast.Name)
            }
            given = _defaults(names, node.args.defaults)
            return tuple(stored.get(name, name) for name in names), {
                stored.get(name, name): value for name, value in given.items()
            }
    fields = {
        node.target.id: literal(node.value)
        for node in cls.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return tuple(fields), {name: value for name, value in fields.items() if value is not NO_LITERAL}
