"""Examples of a function's behaviour, read from asserts and doctests: inputs as plain data, what comes out.

Nothing is run: values are literals, arithmetic on literals, and names bound to such values before in the same test.
"""

from __future__ import annotations

import ast
import doctest
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = Any
"""Plain data: whatever a literal can say."""


@dataclass(frozen=True)
class Example:
    """One call. `raises` is the name of the exception expected, `` when there is a result."""

    arguments: Mapping[str, Value]
    """By parameter name; attributes of the instance as `self.name`."""
    result: Value = None
    raises: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is called and how arguments map to parameters. `fields` are those of the class, in order."""

    name: str
    parameters: tuple[str, ...]
    defaults: Mapping[str, Value]
    owner: str = ""
    """Name of the class, `` for a function."""
    fields: tuple[str, ...] = ()
    field_defaults: Mapping[str, Value] | None = None
    variadic: str = ""
    is_property: bool = False


class _NotPlain(Exception):
    """The value cannot be told without running code."""


def examples_in(texts: Sequence[str], signature: Signature, docstring: str = "") -> list[Example]:
    """All examples of the function in test sources and in a docstring; those that contradict are kept."""
    found: list[Example] = []
    for text in texts:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        outer = _bindings(tree.body, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.name.startswith("test") or _is_parametrised(node)):
                for env in _rows(node, outer):
                    found.extend(_in_block(node.body, dict(env), signature))
    for one in _parsed(docstring):
        if isinstance(one, doctest.Example):
            found.extend(_in_doctest(one, signature))
    unique: dict[str, Example] = {}
    for example in found:
        unique.setdefault(repr(sorted(example.arguments.items(), key=lambda item: item[0])), example)
    return list(unique.values())


def prose_of(docstring: str) -> str:
    """A docstring without its examples."""
    return "".join(part for part in _parsed(docstring) if isinstance(part, str))


def _parsed(docstring: str) -> Sequence[str | doctest.Example]:
    """Texts and examples in turn; what is no proper example is text."""
    try:
        return doctest.DocTestParser().parse(docstring)
    except ValueError:
        return [docstring]


def _in_doctest(one: doctest.Example, signature: Signature) -> Iterator[Example]:
    try:
        call = ast.parse(one.source.strip(), mode="eval").body
        if one.exc_msg is not None:
            name = one.exc_msg.partition(":")[0].strip()
            yield Example(_arguments(call, {}, signature), raises=name)
        elif one.want.strip():
            yield Example(_arguments(call, {}, signature), ast.literal_eval(one.want.strip()))
    except (SyntaxError, ValueError, _NotPlain):
        return


def _is_parametrised(node: ast.FunctionDef) -> bool:
    return any("parametrize" in ast.dump(one) for one in node.decorator_list)


def _bindings(body: Sequence[ast.stmt], env: Mapping[str, Value]) -> dict[str, Value]:
    known = dict(env)
    for stmt in body:
        if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Name):
            try:
                known[stmt.targets[0].id] = plain(stmt.value, known)
            except _NotPlain:
                known.pop(stmt.targets[0].id, None)
    return known


def _rows(node: ast.FunctionDef, outer: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The test's parameters, row by row; several decorators multiply."""
    rows: list[dict[str, Value]] = [dict(outer)]
    for decorator in node.decorator_list:
        if not (
            isinstance(decorator, ast.Call) and "parametrize" in ast.dump(decorator.func) and len(decorator.args) > 1
        ):
            continue
        try:
            names = plain(decorator.args[0], {})
            listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        except (_NotPlain, TypeError):
            continue
        table = decorator.args[1]
        if isinstance(table, ast.Name) and isinstance(outer.get(table.id), list | tuple):
            values = list(outer[table.id])
        elif isinstance(table, ast.List | ast.Tuple):
            values = [value for one in table.elts if (value := _row(one, outer)) is not _NOTHING]
        else:
            continue
        product: list[dict[str, Value]] = []
        for row in rows:
            for value in values:
                parts = [value] if len(listed) == 1 else value
                if isinstance(parts, list | tuple) and len(parts) == len(listed):
                    product.append({**row, **dict(zip(listed, parts, strict=True))})
        rows = product or rows
    return rows[:60]


_NOTHING = object()


def _row(node: ast.expr, env: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "param":
        node = ast.Tuple(node.args, ast.Load()) if len(node.args) > 1 else node.args[0]
    try:
        return plain(node, env)
    except _NotPlain:
        return _NOTHING


def _in_block(body: Sequence[ast.stmt], env: dict[str, Value], signature: Signature) -> Iterator[Example]:
    made: dict[str, ast.Call] = {}
    for stmt in body:
        if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Name):
            name = stmt.targets[0].id
            try:
                env[name] = plain(stmt.value, env)
                made.pop(name, None)
            except _NotPlain:
                env.pop(name, None)
                if isinstance(stmt.value, ast.Call):
                    made[name] = stmt.value
        elif isinstance(stmt, ast.Assert):
            yield from _in_assert(stmt.test, env, made, signature)
        elif isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
            yield from _in_unittest(stmt.value, env, made, signature)
            target = stmt.value.func
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                made.pop(target.value.id, None)  # the call may have changed the instance
        elif isinstance(stmt, ast.With):
            yield from _in_raises(stmt, env, made, signature)
        elif isinstance(stmt, ast.For) and isinstance(stmt.iter, ast.List | ast.Tuple):
            for one in stmt.iter.elts:
                row = _row(one, env)
                names = [name.id for name in ast.walk(stmt.target) if isinstance(name, ast.Name)]
                parts = [row] if len(names) == 1 else row
                if isinstance(parts, list | tuple) and len(parts) == len(names):
                    yield from _in_block(stmt.body, {**env, **dict(zip(names, parts, strict=True))}, signature)


def _in_assert(
    test: ast.expr, env: Mapping[str, Value], made: Mapping[str, ast.Call], signature: Signature
) -> Iterator[Example]:
    try:
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
            for one, other in ((test.left, test.comparators[0]), (test.comparators[0], test.left)):
                call = _resolved(one, made)
                if _is_call(call, signature):
                    yield Example(_arguments(call, env, signature, made), plain(_approximate(other), env))
                    return
        elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for part in test.values:
                yield from _in_assert(part, env, made, signature)
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _is_call(test.operand, signature):
            yield Example(_arguments(test.operand, env, signature, made), False)
        elif _is_call(test, signature):
            yield Example(_arguments(test, env, signature, made), True)
    except _NotPlain:
        return


def _in_unittest(
    call: ast.Call, env: Mapping[str, Value], made: Mapping[str, ast.Call], signature: Signature
) -> Iterator[Example]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    try:
        if (
            name in ("assertEqual", "assertAlmostEqual", "assertListEqual", "assertDictEqual", "assertIs")
            and len(call.args) > 1
        ):
            for one, other in (call.args[:2], call.args[1::-1]):
                target = _resolved(one, made)
                if _is_call(target, signature):
                    yield Example(_arguments(target, env, signature, made), plain(other, env))
                    return
        elif name in ("assertTrue", "assertFalse", "assertIsNone") and call.args and _is_call(call.args[0], signature):
            value = {"assertTrue": True, "assertFalse": False, "assertIsNone": None}[name]
            yield Example(_arguments(call.args[0], env, signature, made), value)
    except _NotPlain:
        return


def _in_raises(
    stmt: ast.With, env: dict[str, Value], made: Mapping[str, ast.Call], signature: Signature
) -> Iterator[Example]:
    context = stmt.items[0].context_expr
    if not (isinstance(context, ast.Call) and context.args and "aises" in ast.dump(context.func)):
        yield from _in_block(stmt.body, env, signature)
        return
    named = context.args[0]
    name = named.id if isinstance(named, ast.Name) else getattr(named, "attr", "")
    match = next(
        (one.value.value for one in context.keywords if one.arg == "match" and isinstance(one.value, ast.Constant)), ""
    )
    last = stmt.body[-1]
    value = last.value if isinstance(last, ast.Expr | ast.Assign) else None
    if value is not None and _is_call(value, signature) and name:
        try:
            yield Example(_arguments(value, env, signature, made), raises=name, match=str(match))
        except _NotPlain:
            return


def _resolved(node: ast.expr, made: Mapping[str, ast.Call]) -> ast.expr:
    """`result` for `result = f(1)`."""
    return made[node.id] if isinstance(node, ast.Name) and node.id in made else node


def _approximate(node: ast.expr) -> ast.expr:
    if (
        isinstance(node, ast.Call)
        and node.args
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "approx"
    ):
        return node.args[0]
    return node


def _is_call(node: ast.expr, signature: Signature) -> bool:
    if signature.is_property:
        return isinstance(node, ast.Attribute) and node.attr == signature.name
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    if isinstance(func, ast.Name):
        return func.id == signature.name and not signature.owner
    return isinstance(func, ast.Attribute) and func.attr == signature.name


def _arguments(
    node: ast.expr, env: Mapping[str, Value], signature: Signature, made: Mapping[str, ast.Call] | None = None
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if signature.owner:
        target = node.func if isinstance(node, ast.Call) else node
        if not isinstance(target, ast.Attribute):
            raise _NotPlain
        found |= _state(_resolved(target.value, made or {}), env, signature)
    if isinstance(node, ast.Call):
        if not _is_call(node, signature):
            raise _NotPlain
        found |= _bound(node, env, signature.parameters, signature.defaults, signature.variadic)
    return found


def _state(node: ast.expr, env: Mapping[str, Value], signature: Signature) -> dict[str, Value]:
    """The instance's attributes, from the arguments of its constructor."""
    if not (isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == signature.owner):
        raise _NotPlain
    bound = _bound(node, env, signature.fields, signature.field_defaults or {}, "")
    return {f"self.{name}": value for name, value in bound.items()}


def _bound(
    call: ast.Call, env: Mapping[str, Value], names: Sequence[str], defaults: Mapping[str, Value], variadic: str
) -> dict[str, Value]:
    found: dict[str, Value] = dict(defaults)
    rest: list[Value] = []
    for index, one in enumerate(call.args):
        if isinstance(one, ast.Starred):
            raise _NotPlain
        value = plain(one, env)
        if index < len(names):
            found[names[index]] = value
        elif variadic:
            rest.append(value)
        else:
            raise _NotPlain
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _NotPlain
        found[keyword.arg] = plain(keyword.value, env)
    if variadic:
        found[variadic] = tuple(rest)
    if not set(names) <= set(found):
        raise _NotPlain
    return found


_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def plain(node: ast.expr, env: Mapping[str, Value]) -> Value:
    """The value of a literal expression over known names. Raise `_NotPlain` for anything that would run code."""
    try:
        return _plain(node, env)
    except (TypeError, ValueError, ArithmeticError, KeyError) as error:
        raise _NotPlain from error


def _plain(node: ast.expr, env: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in env:
        return env[node.id]
    if isinstance(node, ast.List):
        return [_plain(one, env) for one in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_plain(one, env) for one in node.elts)
    if isinstance(node, ast.Set):
        return {_plain(one, env) for one in node.elts}
    if isinstance(node, ast.Dict) and all(node.keys):
        return {_plain(key, env): _plain(value, env) for key, value in zip(node.keys, node.values, strict=True) if key}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_plain(node.operand, env)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _plain(node.left, env), _plain(node.right, env)
        if isinstance(node.op, ast.Mult) and max(_size(left) * _count(right), _size(right) * _count(left)) > 100_000:
            raise _NotPlain
        return _OPERATIONS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args and node.func.id == "set":
        return set[object]()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float" and node.args:
        return float(_plain(node.args[0], env))
    raise _NotPlain


def _size(value: Value) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 1
