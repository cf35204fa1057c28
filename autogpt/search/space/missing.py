"""Statements that templates supply: a step of a counter, an append, a final return, an attribute, a declaration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.adapted import unread_members
from autogpt.search.space.ingredients import pool
from autogpt.search.space.place import Loop, Place
from autogpt.search.space.scope import Function, Scope
from autogpt.search.space.source import is_docstring
from autogpt.search.space.spot import Fix

_MOST_REBINDS = 60


def steps(place: Place) -> Iterator[Fix]:
    """In a loop: `i += 1`, `items.append(item)`, `seen.add(item)`, `total += value`, before or after a statement."""
    if place.loop is None or not place.owns_lines or place.source.text.startswith("elif", place.span[0]):
        return
    scope, types = place.scope, place.scope.types
    names = [name for name in scope.names_at(place.stmt.lineno) if name != scope.owner]
    targets = {
        node.id for node in ast.walk(place.loop.stmt) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    is_while = isinstance(place.loop.stmt, ast.While)
    tested = {node.id for node in ast.walk(place.loop.stmt.test) if isinstance(node, ast.Name)} if isinstance(
        place.loop.stmt, ast.While
    ) else set[str]()  # fmt: skip
    found: list[tuple[str, float]] = []
    for name in names:
        kind = types.get(name, "")
        near = (-0.6 if name in tested else 0.0) + (0.0 if name not in scope.parameters or is_while else 0.8)
        if kind in ("int", "float"):
            found += [(f"{name} += 1", 2.8 + near), (f"{name} -= 1", 3.2 + near)]
            if name in tested:
                found.append((f"{name} //= 2", 4.6))
        for value in targets if kind in ("list", "set", "int", "str", "deque", "dict") else ():
            if value == name:
                continue
            if kind in ("list", "deque"):
                found.append((f"{name}.append({value})", 3.4))
            elif kind == "set":
                found.append((f"{name}.add({value})", 3.2))
            elif kind == "int" and types.get(value) in ("int", ""):
                found.append((f"{name} += {value}", 4.0))
            elif kind == "str" and types.get(value) in ("str", ""):
                found.append((f"{name} += {value}", 4.2))
    for one in names:
        for other in names:
            if one != other and one not in scope.parameters and types.get(one) == types.get(other):
                found.append((f"{one} = {other}", 4.6))
    yield from _inserted(place, found)


def _inserted(place: Place, found: list[tuple[str, float]]) -> Iterator[Fix]:
    ends = isinstance(place.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue)
    for text, cost in found:
        yield place.before(place.line(text), "insert-step", cost + (0.4 if not ends else 0.2))
        if place.is_last and not ends:
            yield place.after(place.line(text), "insert-step", cost)


def exits(place: Place) -> Iterator[Fix]:
    """A missing `break`, `continue` or `return` at the end of a block; a missing result at the end of a function."""
    if not place.owns_lines or not place.is_last or not isinstance(place.scope.node, Function):
        return
    if isinstance(place.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue):
        return
    scope = place.scope
    if place.is_breakable and place.outer is not None:
        in_branch = not isinstance(place.outer.stmt, Loop)
        yield place.after(place.line("break"), "insert-exit", 2.4 if in_branch else 4.2)
        yield place.after(place.line("continue"), "insert-exit", 2.6 if in_branch else 9.0)
    returns = any(isinstance(node, ast.Return) and node.value for node in ast.walk(scope.node))
    for name, bound in scope.bound_at.items():
        cost = 3.2 if bound else 4.0
        if place.outer is not None:
            cost += 0.8
        if name == scope.owner:
            cost += 0.6
        yield place.after(place.line(f"return {name}"), "insert-return", cost)
    for text, cost in (("None", 4.2), ("True", 3.4), ("False", 3.4), ("0", 4.0), ("[]", 4.4), ("-1", 4.6), ('""', 4.6)):
        yield place.after(place.line(f"return {text}"), "insert-return", cost + (0.0 if returns else 0.8))
    if returns or place.outer is None:
        for entry in pool(scope):
            if entry.own and entry.free <= scope.readable_at(place.stmt.end_lineno or place.stmt.lineno):
                yield place.after(place.line(f"return {entry.text}"), "insert-return", 4.2)
        for name, bound in scope.bound_at.items():
            if name != scope.owner and bound <= (place.stmt.end_lineno or 0):
                for function in ("str", "int", "list", "tuple", "dict", "len", "sum", "sorted", "float", "bool", "chr"):
                    yield place.after(place.line(f"return {function}({name})"), "insert-return", 4.8)
    if place.outer is not None:
        yield place.after(place.line("return"), "insert-return", 3.2 if not returns else 4.8)
    if scope.name.endswith(("__iadd__", "__isub__", "__ior__", "__iand__", "__enter__")) and scope.owner:
        yield place.after(place.line(f"return {scope.owner}"), "insert-return", 1.2)


def rebinds(place: Place) -> Iterator[Fix]:
    """`x = f(x)` before a statement that reads `x`: a conversion or a step that got lost."""
    scope = place.scope
    if not place.owns_lines or not isinstance(scope.node, Function) or is_docstring(place.stmt):
        return
    if place.source.text.startswith("elif", place.span[0]):
        return
    reads = {node.id for node in ast.walk(place.stmt) if isinstance(node, ast.Name)}
    if place.index == 0 and place.outer is not None and isinstance(place.outer.stmt, ast.If):
        reads |= {node.id for node in ast.walk(place.outer.stmt.test) if isinstance(node, ast.Name)}
    empty = isinstance(place.stmt, ast.Pass)
    for name in scope.names_at(place.stmt.lineno - (0 if empty else 1)):
        if name == scope.owner or not (empty or name in reads or place.is_last):
            continue
        extra = 0.0 if name in reads or empty else 0.8
        for value, cost in sorted(_conversions(place, name), key=lambda pair: pair[1])[:_MOST_REBINDS]:
            line = place.line(f"{name} = {value}")
            if empty or name in reads:
                yield place.before(line, "insert-rebind", cost + extra)
            elif not isinstance(place.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue):
                yield place.after(line, "insert-rebind", cost + extra)


def _conversions(place: Place, name: str) -> Iterator[tuple[str, float]]:
    scope = place.scope
    kind = scope.types.get(name, "")
    if kind in ("str", ""):
        for method in ("strip", "lower", "upper", "rstrip", "lstrip"):
            yield f"{name}.{method}()", 4.2 if kind else 5.2
    for function in ("str", "int", "list", "float", "tuple", "set", "sorted", "abs", "dict"):
        if function != kind:
            yield f"{function}({name})", 4.8 if kind else 5.2
    if kind in ("list", "str", "tuple", ""):
        for part in ("[0]", "[1:]", "[-1]", "[:-1]", "[::-1]"):
            yield f"{name}{part}", 4.6 if kind else 5.2
    if kind in ("int", "float"):
        yield from ((f"{name} {sign} 1", 4.2) for sign in ("+", "-"))
        yield f"-{name}", 4.4
    for function, found in scope.module.functions.items():
        args = found[0].args
        required = len(args.posonlyargs + args.args) - len(args.defaults)
        if function in scope.module.globals and required == 1:
            yield f"{function}({name})", 4.2
        elif scope.owner and scope.members.get(function) == "method" and required == 2 and function[:2] != "__":
            yield f"{scope.owner}.{function}({name})", 4.4
    others = [other for other in scope.names_at(place.stmt.lineno) if other not in (name, scope.owner)]
    for attr in scope.module.methods_of_one:
        yield from ((f"{name}.{attr}({other})", 5.4) for other in others[:8])
    if kind in ("str", "") and len(others) <= 8:
        yield from ((f"{name}.replace({a}, {b})", 5.0) for a in others for b in others if a != b)


def set_up(place: Place) -> Iterator[Fix]:
    """At a function's beginning or end: attributes never set, `super().__init__()`, `nonlocal`, an initial value."""
    scope = place.scope
    if not isinstance(scope.node, Function) or not place.owns_lines or is_docstring(place.stmt):
        return
    if place.outer is not None:
        return
    is_first = place.index == 0 or (place.index == 1 and is_docstring(place.block[0]))
    if is_first:
        yield from _declarations(place)
        yield from _initial_values(place)
    if not scope.owner:
        return
    for member, role in scope.members.items():
        if role != "attribute" or not (is_first or place.is_last):
            continue
        options = [(member, 2.4)] if member in scope.parameters else []
        options += [(member.lstrip("_"), 2.4)] if member.lstrip("_") in scope.parameters and member[:1] == "_" else []
        init = scope.name.endswith(("__init__", "reset", "clear"))
        options += [(text, 3.6 if init else 4.4) for text in ("None", "[]", "{}", "0", "False", "True", "set()", '""')]
        for text, cost in options:
            line = place.line(f"{scope.owner}.{member} = {text}")
            if place.is_last and not isinstance(place.stmt, ast.Return | ast.Raise):
                yield place.after(line, "set-attribute", cost)
            else:
                yield place.before(line, "set-attribute", cost + 0.2)
        if scope.types.get(f"{scope.owner}.{member}") == "int":
            for sign in ("+", "-"):
                yield place.before(place.line(f"{scope.owner}.{member} {sign}= 1"), "insert-step", 3.6)
    if scope.name.endswith("__init__") and is_first and scope.cls is not None and scope.cls.bases:
        given = [name for name in scope.parameters if name != scope.owner]
        for text in {", ".join(given), "", *given}:
            yield place.before(place.line(f"super().__init__({text})"), "call-super", 2.4)


def _declarations(place: Place) -> Iterator[Fix]:
    scope = place.scope
    own = {name for name, line in scope.bound_at.items() if line}
    outer = scope.outer
    while outer is not None:
        if isinstance(outer.node, Function):
            for name in own & set(outer.bound_at):
                yield place.before(place.line(f"nonlocal {name}"), "declare", 1.8)
        outer = outer.outer
    for name in own & scope.module.constants:
        yield place.before(place.line(f"global {name}"), "declare", 2.2)


def _initial_values(place: Place) -> Iterator[Fix]:
    """Names that the function reads and nothing binds."""
    scope = place.scope
    comprehended = {
        name.id for node in ast.walk(scope.node) if isinstance(node, ast.comprehension | ast.Lambda | Function)
        for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }  # fmt: skip
    comprehended |= {node.arg for node in ast.walk(scope.node) if isinstance(node, ast.arg)}
    augmented = {
        node.target.id
        for node in ast.walk(scope.node)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    assigned = {
        name.id for node in ast.walk(scope.node) if not isinstance(node, ast.AugAssign)
        for name in ast.iter_child_nodes(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }  # fmt: skip
    unbound = {name for name in scope.uses if not scope.is_known(name)} - comprehended
    unbound |= {name for name in augmented - assigned if name not in scope.parameters}
    kinds = scope.types
    for name in unbound:
        for text in ("0", "[]", "{}", '""', "None", "set()", "1", "False", "True", "0.0"):
            likely = 0.6 if kinds.get(name) and kinds[name] in repr(type(_value(text))) else 0.0
            yield place.before(place.line(f"{name} = {text}"), "initial-value", 2.4 - likely)
    for name in scope.bound_at:
        if name in scope.parameters or name in unbound:
            continue
        early = name in _read_early(scope)
        for text in ("None", "0", "[]", "False", '""'):
            yield place.before(place.line(f"{name} = {text}"), "initial-value", 2.8 if early else 4.8)
        for member in _attributes(scope) if early else unread_members(scope):
            for text in (f"{scope.owner}.{member}", f"{scope.owner}.{member}({_passed_on(scope)})"):
                yield place.before(place.line(f"{name} = {text}"), "initial-value", 3.6 if early else 4.0)


def _attributes(scope: Scope) -> list[str]:
    return [name for name, role in scope.members.items() if role == "attribute" and scope.owner]


def _read_early(scope: Scope) -> frozenset[str]:
    """Names that the text reads before or where it first binds them, such as `x = f(x)`."""
    reads: dict[str, int] = {}
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            reads[node.id] = min(node.lineno, reads.get(node.id, node.lineno))
    return frozenset(name for name, line in scope.bound_at.items() if 0 < reads.get(name, 0) <= line)


def _passed_on(scope: Scope) -> str:
    """All that the function was given, as a call of another would pass it on."""
    assert isinstance(scope.node, Function)
    args = scope.node.args
    plain = [one.arg for one in (*args.posonlyargs, *args.args) if one.arg != scope.owner]
    starred = [f"*{args.vararg.arg}"] if args.vararg else []
    named = [f"{one.arg}={one.arg}" for one in args.kwonlyargs] + ([f"**{args.kwarg.arg}"] if args.kwarg else [])
    return ", ".join([*plain, *starred, *named])


def _value(text: str) -> object:
    return set[int]() if text == "set()" else ast.literal_eval(text)
