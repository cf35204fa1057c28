"""Wrong calls: the order of arguments, one missing or superfluous, a keyword, the callee itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.attributes import CONFUSABLE
from autogpt.search.space.likeness import likeness
from autogpt.search.space.precedence import ATOM, TEST
from autogpt.search.space.scope import BUILTINS, Function, free_names
from autogpt.search.space.spot import Fix, Spot
from autogpt.search.space.types import are_alike, clash, type_of

_OPTIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "sorted": (("reverse=True", 2.4), ("key=len", 4.0), ("key=str", 4.6), ("key=str.lower", 4.4)),
    "sort": (("reverse=True", 2.4), ("key=len", 4.0), ("key=str.lower", 4.4)),
    "enumerate": (("1", 2.2), ("start=1", 2.8)), "max": (("default=0", 3.0), ("default=None", 3.4), ("0", 3.2),
    ("key=len", 3.6)),
    "min": (("default=0", 3.0), ("default=None", 3.4), ("key=len", 3.6)), "sum": (("[]", 4.0), ("0.0", 4.4)),
    "round": (("2", 2.6), ("1", 3.4)), "int": (("16", 3.6), ("2", 3.6), ("10", 3.8)), "split": (("1", 3.2),),
    "rsplit": (("1", 3.0),),
    "get": (("None", 3.8), ("0", 2.8), ("[]", 3.2), ('""', 3.2), ("{}", 3.4), ("False", 3.6), ("1", 4.2)),
    "pop": (("0", 2.4), ("-1", 4.0), ("None", 3.0)), "getattr": (("None", 2.6),), "next": (("None", 2.8),),
    "replace": (("1", 3.4),), "strip": (('" "', 4.0), ('"\\n"', 4.0)), "zip": (("strict=True", 3.6),),
    "dict": (), "join": (), "splitlines": (("True", 3.2),), "isoformat": (), "dumps": (("sort_keys=True", 3.4),
    ("indent=2", 3.8)),
}  # fmt: skip


def calls(spot: Spot) -> Iterator[Fix]:
    """Edits of a call's arguments."""
    node = spot.node
    if not isinstance(node, ast.Call) or _takes_generator(spot, node):
        return
    head = spot.source.text[spot.span[0] : spot.source.span(node.func)[1]]
    args = [spot.fit(one, TEST) if not isinstance(one, ast.Starred) else spot.source.segment(one) for one in node.args]
    keywords = [spot.source.segment(one) for one in node.keywords]
    if any("\n" in text for text in (head, *args, *keywords)):
        return

    def shown(positional: list[str], named: list[str]) -> Fix | None:
        return spot.swap(f"{head}({', '.join([*positional, *named])})", ATOM, "", 0.0)

    for positional, named, kind, cost in _arguments(spot, node, args, keywords):
        fix = shown(positional, named)
        if fix:
            yield fix._replace(kind=kind, cost=cost)


_Call = tuple[list[str], list[str], str, float]


def _arguments(spot: Spot, node: ast.Call, args: list[str], keywords: list[str]) -> Iterator[_Call]:
    for first in range(len(args)):
        for second in range(first + 1, len(args)):
            swapped = [*args]
            swapped[first], swapped[second] = args[second], args[first]
            yield swapped, keywords, "argument-order", 1.8 + 0.4 * (second - first - 1) + 0.1 * len(args)
    for index in range(len(args)):
        yield args[:index] + args[index + 1 :], keywords, "drop-argument", 2.8 if index == len(args) - 1 else 3.4
    for index in range(len(keywords)):
        yield args, keywords[:index] + keywords[index + 1 :], "drop-keyword", 2.6
    for first in range(len(keywords)):
        for second in range(first + 1, len(keywords)):
            yield from _swapped_keywords(node, args, keywords, first, second, spot)
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    named = {one.arg for one in node.keywords}
    for option, cost in _OPTIONS.get(name, ()):
        word = option.partition("=")[0] if "=" in option else ""
        if word and word not in named:
            yield args, [*keywords, option], "missing-argument", cost
        elif (not word and len(args) <= 1 and not keywords) or (not word and name in ("replace",) and len(args) == 2):
            yield [*args, option], keywords, "missing-argument", cost
    if name == "range":
        yield from _ranges(args)
    yield from _missing(spot, node, name, args, keywords)


def _swapped_keywords(
    node: ast.Call, args: list[str], keywords: list[str], first: int, second: int, spot: Spot
) -> Iterator[_Call]:
    one, other = node.keywords[first], node.keywords[second]
    if one.arg and other.arg:
        swapped = [*keywords]
        swapped[first] = f"{one.arg}={spot.fit(other.value, TEST)}"
        swapped[second] = f"{other.arg}={spot.fit(one.value, TEST)}"
        yield args, swapped, "argument-order", 2.4


def _ranges(args: list[str]) -> Iterator[_Call]:
    if len(args) == 1:
        yield ["1", args[0]], [], "range", 2.0
        yield ["1", f"{args[0]} + 1"], [], "range", 2.2
        yield [f"{args[0]} - 1", "-1", "-1"], [], "range", 3.4
        yield [args[0], "0", "-1"], [], "range", 4.2
        yield ["0", args[0], "2"], [], "range", 4.2
        yield ["2", args[0]], [], "range", 4.0
        if not args[0].startswith("len("):
            yield [f"len({args[0]})"], [], "range", 3.2
    elif len(args) == 2:
        yield [args[1]], [], "range", 2.6
        yield [*args, "2"], [], "range", 4.2
        yield [args[1], args[0], "-1"], [], "range", 3.4
        yield [args[0], f"{args[0]} + {args[1]}"], [], "range", 4.0
    elif len(args) == 3:
        yield args[:2], [], "range", 2.8
        step = args[2].removeprefix("-") if args[2].startswith("-") else f"-{args[2]}"
        yield [args[0], args[1], step], [], "range", 2.8


def _missing(spot: Spot, node: ast.Call, name: str, args: list[str], keywords: list[str]) -> Iterator[_Call]:
    """Arguments that the callee's signature still takes, filled with names at hand; the first place, too."""
    functions = spot.scope.module.functions.get(name) or _constructors(spot, name)
    if any(isinstance(one, ast.Starred) for one in node.args):
        return
    yield from _as_elsewhere(spot, node, name, args, keywords)
    if not functions:
        yield from _missing_unknown(spot, name, args, keywords)
        return
    for function in functions[:3]:
        arguments = function.args
        plain = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        if plain and plain[0] in ("self", "cls"):
            plain = plain[1:]
        given = {one.arg for one in node.keywords}
        required = len(plain) - len(arguments.defaults)
        for index, parameter in enumerate(plain):
            if parameter in given or len(args) > len(plain):
                continue
            lacking = len(args) + len(given) < required
            for text, cost in _fillers(spot, parameter):
                cost += -1.2 if lacking else 0.4
                if index <= len(args) and len(args) < len(plain):
                    yield (
                        [*args[:index], text, *args[index:]],
                        keywords,
                        "missing-argument",
                        cost + (0.0 if index == len(args) else 0.6),
                    )
                if index > len(args) or (index == len(args) and index >= required):
                    yield args, [*keywords, f"{parameter}={text}"], "missing-argument", cost + 0.2
        for parameter in (one.arg for one in arguments.kwonlyargs):
            if parameter not in given:
                for text, cost in _fillers(spot, parameter):
                    yield args, [*keywords, f"{parameter}={text}"], "missing-argument", cost + 0.2


def _as_elsewhere(spot: Spot, node: ast.Call, name: str, args: list[str], keywords: list[str]) -> Iterator[_Call]:
    """One more argument or keyword, as the file passes it to the same function elsewhere."""
    given = {one.arg for one in node.keywords}
    for call in spot.scope.module.calls.get(name, ()):
        if call is node or any(isinstance(one, ast.Starred) for one in call.args):
            continue
        if len(call.args) == len(args) + 1 and free_names(call.args[-1]) <= spot.readable:
            yield [*args, spot.fit(call.args[-1], TEST)], keywords, "missing-argument", 2.8
        for one in call.keywords:
            if one.arg and one.arg not in given and free_names(one.value) <= spot.readable:
                yield args, [*keywords, f"{one.arg}={spot.fit(one.value, TEST)}"], "missing-argument", 3.4


def _constructors(spot: Spot, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    cls = spot.scope.module.classes.get(name)
    if cls is None:
        return []
    return [node for node in cls.body if isinstance(node, Function) and node.name in ("__init__", "__new__")]


def _fillers(spot: Spot, parameter: str) -> Iterator[tuple[str, float]]:
    """What may be passed for a parameter: a name like it first."""
    for name in spot.names:
        if name != spot.scope.owner:
            unused = 0.8 if not spot.scope.uses[name] else 0.0
            yield name, 3.8 - 2.2 * likeness(name, parameter) - unused
    for member, role in spot.scope.members.items():
        near = likeness(member, parameter)
        if role != "method" and spot.scope.owner and near > 0.5:
            yield f"{spot.scope.owner}.{member}", 4.2 - 2.0 * near
    for text in ("True", "False", "None", "0", "1"):
        yield text, 4.4


def _missing_unknown(spot: Spot, name: str, args: list[str], keywords: list[str]) -> Iterator[_Call]:
    """The callee is elsewhere: a name at hand as last or first argument, a keyword that the file passes to others."""
    if name in BUILTINS and args and name not in ("min", "max", "getattr", "print", "super"):
        return
    for text in spot.names:
        if text == spot.scope.owner or text in args:
            continue
        unused = 1.2 if not spot.scope.uses[text] and text in spot.scope.parameters else 0.0
        yield [*args, text], keywords, "missing-argument", 4.6 - unused
        yield [text, *args], keywords, "missing-argument", 5.2 - unused
        is_given = any(keyword.startswith(f"{text}=") for keyword in keywords)
        if not is_given and (text in spot.scope.module.keywords or unused):
            yield args, [*keywords, f"{text}={text}"], "missing-argument", 4.2 - unused
    if spot.scope.owner and not args:
        for member, role in spot.scope.members.items():
            if role == "attribute":
                yield [f"{spot.scope.owner}.{member}"], keywords, "missing-argument", 4.4


def uses_of_unused(spot: Spot) -> Iterator[Fix]:
    """A parameter that nothing reads is passed somewhere: to a method of the value here, to a function of the file."""
    node, scope = spot.node, spot.scope
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or spot.field in ("func", "test"):
        return
    if isinstance(spot.parent, ast.Attribute) or node.id in (scope.owner, *scope.module.imports):
        return
    for name in scope.parameters:
        if scope.uses[name] or name in (scope.owner, node.id):
            continue
        called = {
            method
            for method, found in scope.module.calls.items()
            if any(isinstance(call.func, ast.Attribute) and len(call.args) == 1 for call in found)
        }
        called |= {
            method
            for method, found in scope.module.functions.items()
            if method not in scope.module.globals and method[:2] != "__" and _takes(found[0], 2)
        }
        for method in called:
            yield spot.swap(f"{node.id}.{method}({name})", ATOM, "use-parameter", 3.4)
        for function, found in scope.module.functions.items():
            if function in scope.module.globals and _takes(found[0], 2):
                yield spot.swap(f"{function}({node.id}, {name})", ATOM, "use-parameter", 3.4)


def _takes_generator(spot: Spot, node: ast.Call) -> bool:
    return len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)


def callees(spot: Spot) -> Iterator[Fix]:
    """Another function: a builtin often confused, one of the file of like name or signature."""
    node = spot.node
    if not (isinstance(node, ast.Name) and isinstance(spot.parent, ast.Call) and spot.field == "func"):
        return
    scope = spot.scope
    count = len(spot.parent.args)
    found: dict[str, float] = {
        other: cost for other, cost in CONFUSABLE.get(node.id, {}).items() if scope.is_known(other)
    }
    unknown = 0.0 if scope.is_known(node.id) or node.id in spot.extra else 1.8
    for name in scope.module.globals:
        functions = scope.module.functions.get(name)
        if name == node.id or not (functions or name in scope.module.classes or name in scope.module.imports):
            continue
        cost = 4.0 - 2.0 * likeness(name, node.id) - unknown
        if functions and not _takes(functions[0], count):
            cost += 2.0
        if (node.id in scope.module.functions) != bool(functions):
            cost += 0.8
        found[name] = min(cost, found.get(name, 99.0))
    for name in spot.names:
        if scope.types.get(name, "") in ("", "callable") and name in scope.bound_at and name != node.id:
            found.setdefault(name, 5.6 - 1.5 * likeness(name, node.id) - unknown)
    if scope.owner and scope.members.get(node.id) == "method":
        found[f"{scope.owner}.{node.id}"] = 2.0
    for name, cost in found.items():
        yield spot.swap(name, ATOM, "wrong-function", cost)


def _takes(function: ast.FunctionDef | ast.AsyncFunctionDef, count: int) -> bool:
    args = function.args
    most = len(args.posonlyargs) + len(args.args)
    return (most - len(args.defaults) <= count <= most) or args.vararg is not None


def keyword_names(spot: Spot) -> Iterator[Fix]:
    """`key=` for `reverse=`: another keyword of the callee or one the file uses."""
    node = spot.node
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    functions = spot.scope.module.functions.get(name) or _constructors(spot, name)
    known = {one.arg for function in functions for one in (*function.args.args, *function.args.kwonlyargs)}
    given = {one.arg for one in node.keywords}
    for one in node.keywords:
        if not one.arg:
            continue
        start = spot.source.offset(one.lineno, one.col_offset)
        for other in known or spot.scope.module.keywords:
            if other not in given and other not in ("self", "cls"):
                yield Fix(start, start + len(one.arg), other, "keyword-name", 3.6 - 1.6 * likeness(one.arg, other))


def arguments_by_use(spot: Spot) -> Iterator[Fix]:
    """What the file passes to the same function in the same position elsewhere."""
    node = spot.node
    if not isinstance(spot.parent, ast.Call) or spot.field != "args":
        return
    name = getattr(spot.parent.func, "id", getattr(spot.parent.func, "attr", ""))
    try:
        index = spot.parent.args.index(node)
    except ValueError:
        return
    own, kind = spot.text, spot.type
    for call in spot.scope.module.calls.get(name, ()):
        if call is not spot.parent and len(call.args) > index and not isinstance(call.args[index], ast.Starred):
            other = call.args[index]
            if not isinstance(other, ast.GeneratorExp) and free_names(other) <= spot.readable:
                text = spot.fit(other, TEST)
                penalty = 1.0 if clash(kind, type_of(other, spot.scope.types)) else 0.0
                bonus = 0.4 if are_alike(kind, type_of(other, spot.scope.types)) else 0.0
                if text != own:
                    yield spot.swap(text, ATOM, "argument-elsewhere", 3.8 + penalty - bonus)
