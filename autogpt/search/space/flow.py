"""Wrong control flow and wrong assignments: break, continue, return, yield, raise, except, augmented assignment."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from autogpt.search.space.likeness import likeness
from autogpt.search.space.place import Loop, Place
from autogpt.search.space.precedence import OPERATORS, TERM
from autogpt.search.space.scope import Function, Scope
from autogpt.search.space.source import is_docstring
from autogpt.search.space.spot import Fix, fit
from autogpt.search.space.types import NUMBERS, type_of

_AUGMENTED = {
    "+": {"-": 1.4, "*": 2.2, "|": 3.6}, "-": {"+": 1.4, "//": 3.4, "*": 3.2, "/": 3.4}, "*": {"+": 2.0,
    "/": 2.2, "**": 2.8, "//": 2.4},
    "/": {"//": 1.8, "*": 2.0, "-": 3.0}, "//": {"/": 1.8, "%": 2.2, "-": 2.8, "*": 2.6}, "%": {"//": 2.0},
    "**": {"*": 2.0},
    "&": {"|": 1.4, "^": 2.0}, "|": {"&": 1.4, "^": 2.0, "=": 3.0}, "^": {"|": 1.8, "&": 1.8},
    "<<": {">>": 1.4}, ">>": {"<<": 1.4},
}  # fmt: skip

EXCEPTIONS = (
    "ValueError", "TypeError", "KeyError", "IndexError", "AttributeError", "RuntimeError", "StopIteration", "Exception",
    "LookupError", "ZeroDivisionError", "NotImplementedError", "OSError", "FileNotFoundError", "ArithmeticError",
    "OverflowError", "UnicodeDecodeError", "ImportError", "NameError", "AssertionError",
)  # fmt: skip


def leaving(place: Place) -> Iterator[Fix]:
    """`break` for `continue`, `return` for `break`, `pass` for either; `yield` for `return`."""
    stmt = place.stmt
    if isinstance(stmt, ast.Break | ast.Continue):
        word = "continue" if isinstance(stmt, ast.Break) else "break"
        yield Fix(*place.span, word, "loop-exit", 1.5)
        yield Fix(*place.span, "pass", "loop-exit", 2.8)
        yield Fix(*place.span, "return", "loop-exit", 3.2)
        for name in place.scope.names_at(stmt.lineno):
            yield Fix(*place.span, f"return {name}", "loop-exit", 4.2)
    elif isinstance(stmt, ast.Pass) and place.is_breakable:
        yield Fix(*place.span, "continue", "loop-exit", 2.2)
        yield Fix(*place.span, "break", "loop-exit", 2.4)
    elif isinstance(stmt, ast.Return):
        yield from _returns(place, stmt)
    elif isinstance(stmt, ast.Expr) and not is_docstring(stmt) and isinstance(place.scope.node, Function):
        text = place.source.segment(stmt)
        if isinstance(stmt.value, ast.Yield):
            if stmt.value.value is not None:
                yield Fix(*place.span, f"return {fit(place.source, stmt.value.value, 0)}", "return", 3.6)
        elif not isinstance(stmt.value, ast.YieldFrom | ast.Await):
            yield Fix(*place.span, f"return {text}", "return", 2.4 if place.is_last else 3.8)
            yield Fix(*place.span, f"yield {text}", "yield", 4.8)
            yield Fix(*place.span, f"raise {text}", "raise", 2.4 if _is_exception(stmt.value) else 9.0)
    elif isinstance(stmt, ast.Raise):
        if stmt.exc is not None:
            yield Fix(*place.span, f"return {fit(place.source, stmt.exc, 0)}", "return", 4.8)
            yield Fix(*place.span, "raise", "raise", 4.4)
        for text in ("return None", "return False", "pass"):
            yield Fix(*place.span, text, "return", 4.4)


def _is_exception(node: ast.expr) -> bool:
    name = getattr(getattr(node, "func", node), "id", "")
    return name.endswith(("Error", "Exception"))


def _returns(place: Place, stmt: ast.Return) -> Iterator[Fix]:
    scope = place.scope
    if stmt.value is None:
        for text in (*scope.names_at(stmt.lineno), "None", "True", "False", "[]", "0", "{}"):
            yield Fix(*place.span, f"return {text}", "other-return", 3.2)
        return
    text = fit(place.source, stmt.value, 0)
    if isinstance(stmt.value, ast.Tuple) and len(stmt.value.elts) >= 2:
        for part in stmt.value.elts:
            yield Fix(*place.span, f"return {fit(place.source, part, 0)}", "other-return", 3.4)
    else:
        for name in scope.names_at(stmt.lineno):
            if name not in (scope.owner, text):
                yield Fix(*place.span, f"return {text}, {name}", "other-return", 4.8)
                yield Fix(*place.span, f"return {name}, {text}", "other-return", 5.0)
    yield Fix(*place.span, f"yield {text}", "yield", 3.4 if place.loop else 4.4)
    yield Fix(*place.span, text, "drop-return", 4.4)
    if place.is_breakable:
        yield Fix(*place.span, "continue", "loop-exit", 3.4)
        yield Fix(*place.span, "break", "loop-exit", 3.4)
    if isinstance(stmt.value, ast.Constant) and isinstance(stmt.value.value, str):
        yield Fix(*place.span, f"raise ValueError({text})", "raise", 4.8)


def assignments(place: Place) -> Iterator[Fix]:
    """`=` for `+=`, the other operator, a result thrown away or one that is None."""
    stmt, source = place.stmt, place.source
    types = place.scope.types
    if isinstance(stmt, ast.AugAssign):
        op = OPERATORS[type(stmt.op)][0]
        end = source.span(stmt.target)[1]
        start = source.text.find(op + "=", end)
        if start < 0:
            return
        for new, cost in _AUGMENTED.get(op, {}).items():
            yield Fix(start, start + len(op) + 1, new.rstrip("=") + "=", "augmented-operator", cost)
        yield Fix(start, start + len(op) + 1, "=", "augmented-operator", 2.2)
        target = source.segment(stmt.target)
        if op in ("-", "/", "//") or type_of(stmt.value, types) in ("str", ""):
            value = f"{fit(source, stmt.value, TERM)} {op} {target}"
            yield Fix(*place.span, f"{target} = {value}", "arithmetic-operands", 3.2)
        if op == "+" and isinstance(stmt.value, ast.List) and len(stmt.value.elts) == 1:
            yield Fix(*place.span, f"{target}.append({fit(source, stmt.value.elts[0], 2)})", "append", 4.6)
        if op == "+" and type_of(stmt.target, types) == "list":
            yield Fix(*place.span, f"{target}.append({fit(source, stmt.value, 2)})", "append", 3.0)
        if op == "+" and type_of(stmt.target, types) == "":
            yield Fix(*place.span, f"{target}.append({fit(source, stmt.value, 2)})", "append", 4.8)
    elif isinstance(stmt, ast.Assign) and len(stmt.targets) == 1:
        yield from _assigned(place, stmt)
    elif isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
        yield from _discarded(place, stmt.value)


def _assigned(place: Place, stmt: ast.Assign) -> Iterator[Fix]:
    source, target, types = place.source, stmt.targets[0], place.scope.types
    if isinstance(target, ast.Tuple):
        return
    start = source.span(target)[1]
    sign = source.text.find("=", start, source.span(stmt.value)[0])
    kind = type_of(target, types)
    bound = not isinstance(target, ast.Name) or place.scope.bound_at.get(target.id, 0) < stmt.lineno
    if sign >= 0 and bound:
        looped = -0.8 if place.loop else 0.4
        for op, cost in (("+=", 2.4), ("-=", 3.2), ("*=", 3.4), ("|=", 3.8)):
            suits = (
                (kind in NUMBERS | {"str", "list", ""} and op == "+=")
                or (kind in NUMBERS | {""} and op in ("-=", "*="))
                or (kind in ("int", "set", "dict") and op == "|=")
            )
            if suits:
                yield Fix(sign, sign + 1, op, "augmented-operator", cost + looped)
    if isinstance(place.scope.node, Function) and isinstance(target, ast.Name):
        yield Fix(*place.span, f"return {fit(source, stmt.value, 0)}", "return", 4.2 - (0.8 if place.is_last else 0.0))
    if isinstance(target, ast.Name):
        default = fit(source, stmt.value, 2)
        if target.id in place.scope.parameters and not isinstance(stmt.value, ast.BoolOp):
            yield Fix(*place.span, f"{target.id} = {target.id} or {fit(source, stmt.value, 4)}", "fallback", 3.8)
        if isinstance(stmt.value, ast.Call) and isinstance(stmt.value.func, ast.Attribute) and stmt.value.func.attr in (
            "sort", "append", "extend", "update", "add", "reverse", "insert", "remove",
        ):  # fmt: skip
            yield Fix(*place.span, default, "discard-none", 1.6)
    elif isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
        base, key, value = fit(source, target.value, 16), fit(source, target.slice, 2), fit(source, stmt.value, 2)
        yield Fix(*place.span, f"{base}.setdefault({key}, {value})", "set-item", 3.6)
        yield Fix(*place.span, f"{base}.setdefault({key}, []).append({value})", "set-item", 3.8)
        yield Fix(*place.span, f"{base}.append({value})", "set-item", 4.8)
        yield Fix(*place.span, f"{base}[{key}] = {base}.get({key}, 0) + {value}", "set-item", 4.0)


_PURE = frozenset({"strip", "lower", "upper", "replace", "split", "lstrip", "rstrip", "format", "union", "intersection",
                   "difference", "copy", "title", "join", "encode", "decode", "removeprefix",
                   "removesuffix"})  # fmt: skip


def _discarded(place: Place, call: ast.Call) -> Iterator[Fix]:
    """`text.strip()` alone does nothing: its result was meant to be kept."""
    source = place.source
    text = fit(source, call, 0)
    func = call.func
    if isinstance(func, ast.Attribute):
        base = fit(source, func.value, 16)
        cost = 1.6 if func.attr in _PURE else 4.8
        if isinstance(func.value, ast.Name | ast.Attribute | ast.Subscript):
            yield Fix(*place.span, f"{base} = {text}", "keep-result", cost)
            if isinstance(func.value, ast.Name):
                for name in place.scope.names_at(call.lineno):
                    if name not in (base, place.scope.owner):
                        yield Fix(*place.span, f"{name} = {text}", "keep-result", 5.0)
                        yield Fix(*place.span, f"{name} += {text}", "keep-result", 5.2)
    elif isinstance(func, ast.Name) and call.args and isinstance(call.args[0], ast.Name | ast.Attribute):
        base = fit(source, call.args[0], 16)
        yield Fix(
            *place.span, f"{base} = {text}", "keep-result", 2.0 if func.id in ("sorted", "list", "reversed") else 4.4
        )


def exceptions(place: Place) -> Iterator[Fix]:
    """Another exception raised or caught, several caught, none caught."""
    stmt, source = place.stmt, place.source
    if isinstance(stmt, ast.Raise) and stmt.exc is not None:
        name = stmt.exc.func if isinstance(stmt.exc, ast.Call) else stmt.exc
        if isinstance(name, ast.Name):
            for other, cost in _other_exceptions(place.scope, name.id):
                yield Fix(*source.span(name), other, "exception-type", cost)
        if stmt.cause is None and _handler_name(place):
            yield Fix(place.span[1], place.span[1], f" from {_handler_name(place)}", "raise-from", 3.6)
    elif isinstance(stmt, ast.Try):
        for handler in stmt.handlers:
            yield from _caught(place, handler)


def _caught(place: Place, handler: ast.ExceptHandler) -> Iterator[Fix]:
    source = place.source
    if handler.type is None:
        return
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    present = {one.id for one in caught if isinstance(one, ast.Name)}
    for one in caught:
        if isinstance(one, ast.Name):
            for other, cost in _other_exceptions(place.scope, one.id):
                if other not in present:
                    yield Fix(*source.span(one), other, "exception-type", cost + 0.2)
    texts = [fit(source, one, 2) for one in caught]
    common = (*EXCEPTIONS[:8], *(name for name in place.scope.module.classes if name.endswith(("Error", "Exception"))))
    for other in common:
        if other not in present:
            yield Fix(*source.span(handler.type), f"({', '.join([*texts, other])})", "exception-type", 3.4)
    if isinstance(handler.type, ast.Tuple):
        for index in range(len(texts)):
            rest = texts[:index] + texts[index + 1 :]
            text = rest[0] if len(rest) == 1 else f"({', '.join(rest)})"
            yield Fix(*source.span(handler.type), text, "exception-type", 3.6)


def _handler_name(place: Place) -> str:
    outer = place.outer
    while outer is not None:
        if isinstance(outer.stmt, ast.Try):
            for handler in outer.stmt.handlers:
                if handler.name and any(place.stmt in ast.walk(one) for one in handler.body):
                    return handler.name
        outer = outer.outer
    return ""


def _other_exceptions(scope: Scope, name: str) -> Iterator[tuple[str, float]]:
    for index, other in enumerate(EXCEPTIONS):
        if other != name:
            yield other, 2.4 + 0.12 * index
    for other in (*scope.module.classes, *scope.module.imports):
        if other != name and (other.endswith(("Error", "Exception", "Warning")) or _derives(scope, other)):
            yield other, 2.6 - likeness(name, other)


def _derives(scope: Scope, name: str) -> bool:
    cls = scope.module.classes.get(name)
    bases = [base.id for base in cls.bases if isinstance(base, ast.Name)] if cls else []
    return any(
        isinstance(getattr(builtins, base, None), type) and base.endswith(("Error", "Exception")) for base in bases
    )


__all__ = ["EXCEPTIONS", "Loop", "assignments", "exceptions", "leaving"]
