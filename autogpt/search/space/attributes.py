"""Wrong attributes and methods: those seen in the file, of the same builtin type, or often confused."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache

from autogpt.search.space.likeness import likeness
from autogpt.search.space.precedence import ATOM
from autogpt.search.space.spot import Fix, Spot
from autogpt.search.space.types import METHODS, type_of

CONFUSED: tuple[tuple[str, ...], ...] = (
    ("append", "extend", "insert", "add"), ("add", "update", "discard"), ("remove", "discard", "pop"),
    ("startswith", "endswith"), ("strip", "lstrip", "rstrip"), ("lower", "upper", "casefold", "title", "capitalize"),
    ("find", "rfind", "index", "rindex"), ("split", "rsplit", "splitlines", "partition"), ("partition", "rpartition"),
    ("keys", "values", "items"), ("get", "pop", "setdefault"), ("pop", "popleft", "popitem"),
    ("append", "appendleft"), ("extend", "extendleft"), ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset", "isdisjoint"), ("isdigit", "isalpha", "isalnum", "isnumeric", "isdecimal", "isspace"),
    ("isupper", "islower", "istitle"), ("ljust", "rjust", "center", "zfill"), ("encode", "decode"),
    ("removeprefix", "removesuffix", "lstrip", "rstrip", "strip"), ("sort", "reverse"), ("copy", "deepcopy"),
    ("match", "search", "fullmatch", "findall", "finditer"), ("group", "groups", "groupdict"), ("start", "end", "span"),
    ("read", "readline", "readlines"), ("write", "writelines"), ("floor", "ceil", "trunc"), ("sin", "cos", "tan"),
    ("load", "loads"), ("dump", "dumps"), ("log", "log10", "log2", "log1p", "exp"), ("join", "split"),
    ("update", "setdefault"), ("index", "count"), ("total_seconds", "seconds"), ("days", "seconds"),
    ("difference", "difference_update"),
    ("union", "update"), ("permutations", "combinations", "product"), ("heappush", "heappop", "heapify"),
    ("put", "get"), ("isinstance", "issubclass"), ("min", "max"), ("any", "all"), ("sum", "len", "max", "min"),
    ("int", "float", "round"), ("str", "repr"), ("list", "tuple", "set", "sorted"), ("sorted", "reversed"),
    ("ord", "chr"), ("getattr", "hasattr", "setattr"), ("enumerate", "zip"), ("map", "filter"), ("range", "len"),
    ("abs", "int"), ("type", "isinstance"), ("bisect_left", "bisect_right", "bisect"), ("insort_left", "insort_right"),
    ("split", "findall", "finditer"), ("zip", "zip_longest"), ("bin", "hex", "oct"), ("dict", "set"), ("sum",
    "prod"), ("sub", "subn"),
    ("lru_cache", "cache"),
    ("nlargest", "nsmallest"), ("takewhile", "dropwhile"), ("sqrt", "pow"), ("radians", "degrees"), ("replace",
    "strip"),
    ("islice", "chain"), ("fromkeys", "get"), ("next", "iter"), ("utcnow", "now"), ("weekday", "isoweekday"),
)  # fmt: skip

_METHODS_OF_ANY = frozenset().union(*METHODS.values())
"""For a receiver of which nothing is known."""

CONFUSABLE: dict[str, dict[str, float]] = {}
for _group in CONFUSED:
    for _one in _group:
        for _other in _group:
            if _one != _other:
                CONFUSABLE.setdefault(_one, {})[_other] = 1.6 if len(_group) <= 3 else 1.9


def attributes(spot: Spot) -> Iterator[Fix]:
    """Another attribute of the same thing; or the thing itself."""
    node = spot.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return
    called = isinstance(spot.parent, ast.Call) and spot.field == "func"
    end = spot.span[1]
    start = end - len(node.attr)
    if spot.source.text[start:end] != node.attr:
        return
    for attr, cost in _alternatives(spot, node, called).items():
        if attr != node.attr:
            yield Fix(start, end, attr, "wrong-attribute", cost)
    if not called:
        yield spot.swap_node(node.value, "drop-attribute", 3.6)
        if isinstance(node.value, ast.Name) and node.value.id == spot.scope.owner and node.attr in spot.names:
            yield spot.swap(node.attr, ATOM, "wrong-name", 2.2)
    if (
        isinstance(node.value, ast.Name)
        and node.value.id == spot.scope.owner
        and node.attr in spot.scope.module.globals
    ):
        yield spot.swap(node.attr, ATOM, "wrong-name", 2.6)
    if isinstance(node.value, ast.Name) and node.value.id == spot.scope.owner and not called:
        for name in spot.names:
            if name not in (node.attr, spot.scope.owner):
                yield spot.swap(name, ATOM, "wrong-name", 4.4 - 1.2 * likeness(name, node.attr))


_KNOWN_MODULES = frozenset({"re", "math", "itertools", "functools", "operator", "json", "string", "random",
"statistics",
                            "textwrap", "copy", "datetime", "collections", "heapq", "bisect", "time"})  # fmt: skip
"""Of the standard library, light, and imported by their own names: what they offer can be asked of them here."""


@cache
def _public(module: str) -> tuple[str, ...]:
    if module not in _KNOWN_MODULES:
        return ()
    found = importlib.import_module(module)
    return tuple(name for name in dir(found) if not name.startswith("_") and not name.isupper())


def _alternatives(spot: Spot, node: ast.Attribute, called: bool) -> dict[str, float]:
    scope = spot.scope
    found = dict(CONFUSABLE.get(node.attr, {}).items())
    if (
        isinstance(spot.stmt, ast.Assign)
        and spot.parent is spot.stmt
        and isinstance(spot.stmt.targets[0], ast.Attribute)
    ):
        found[spot.stmt.targets[0].attr] = 1.8
    kind = type_of(node.value, scope.types)
    if called and kind in METHODS:
        for attr in METHODS[kind]:
            found.setdefault(attr, 4.8 - 1.2 * likeness(node.attr, attr))
    base = node.value.id if isinstance(node.value, ast.Name) else ""
    if base and base == scope.owner:
        for attr, role in scope.members.items():
            same = (role == "method") == called
            if same or not called:
                unused = 0.0 if scope.module.attributes.get(base, {}).get(attr) else 0.3
                cost = 3.2 - 1.6 * likeness(node.attr, attr) + (0.0 if same else 1.5) - unused
                found[attr] = min(cost, found.get(attr, 99.0))
        return found
    for attr, count in scope.module.attributes.get(base, {}).items():
        cost = 3.4 - 1.4 * likeness(node.attr, attr) - 0.1 * min(count, 4)
        found[attr] = min(cost, found.get(attr, 99.0))
    for attr in _public(base) if base in scope.module.imports else ():
        found.setdefault(attr, 3.8 - 1.4 * likeness(node.attr, attr))
    for attr, role in _narrowed(spot, base).items():
        if called == (role == "method"):
            found[attr] = min(3.0 - likeness(node.attr, attr), found.get(attr, 99.0))
    if kind not in METHODS:
        for attr, count in scope.module.attribute_counts.items():
            near = likeness(node.attr, attr)
            found.setdefault(attr, 5.0 - 2.0 * near - 0.1 * min(count, 4))
        for attr in scope.module.attributes_elsewhere:
            if (near := likeness(node.attr, attr)) > 0.3 or len(scope.module.attributes_elsewhere) < 40:
                found.setdefault(attr, 5.4 - 2.0 * near)
        for attr in _METHODS_OF_ANY if called and not kind else ():
            found.setdefault(attr, 5.4 - 1.6 * likeness(node.attr, attr))
        for attr in scope.module.functions:
            if attr not in scope.module.globals and not attr.startswith("__"):
                found.setdefault(attr, 5.0 - 2.0 * likeness(node.attr, attr))
    return found


def _narrowed(spot: Spot, name: str) -> dict[str, str]:
    """Members of the class that a name is known to be of, in the body of an `if isinstance(name, Class)`."""
    for branch in ast.walk(spot.scope.node) if name else ():
        if not isinstance(branch, ast.If) or not isinstance(branch.test, ast.Call):
            continue
        test, last = branch.test, branch.body[-1].end_lineno or 0
        if not branch.body[0].lineno <= spot.stmt.lineno <= last or getattr(test.func, "id", "") != "isinstance":
            continue
        if len(test.args) == 2 and getattr(test.args[0], "id", "") == name:
            cls = getattr(test.args[1], "attr", getattr(test.args[1], "id", ""))
            return spot.scope.module.members_anywhere(cls)
    return {}


def missing_attribute(spot: Spot) -> Iterator[Fix]:
    """`item.name` where the file says `item`: attributes that the same name is read with elsewhere."""
    node = spot.node
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or isinstance(spot.parent, ast.Attribute):
        return
    if spot.field == "func" and isinstance(spot.parent, ast.Call):
        return
    scope = spot.scope
    if node.id == scope.owner:
        for attr, role in scope.members.items():
            yield spot.swap(f"{node.id}.{attr}" + ("()" if role == "method" else ""), ATOM, "missing-attribute", 3.6)
        return
    for attr, count in scope.module.attributes.get(node.id, {}).items():
        if attr not in scope.module.functions and attr not in METHODS["str"]:
            yield spot.swap(f"{node.id}.{attr}", ATOM, "missing-attribute", 3.8 - 0.1 * min(count, 5))
    if node.id in ("other", "that", "rhs") and scope.cls is not None:
        for attr, role in scope.members.items():
            if role != "method":
                yield spot.swap(f"{node.id}.{attr}", ATOM, "missing-attribute", 3.6)


def receivers(spot: Spot) -> Iterator[Fix]:
    """`.get` for `[]`, with and without a default."""
    node = spot.node
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
        kind = type_of(node.value, spot.scope.types)
        if (
            kind in ("", "dict")
            and not isinstance(node.slice, ast.Tuple)
            and not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int))
        ):
            base, key = spot.fit(node.value, ATOM), spot.fit(node.slice, 2)
            cost = 2.8 if kind == "dict" else 4.2
            yield spot.swap(f"{base}.get({key})", ATOM, "get-item", cost)
            for default, extra in (("0", 0.4), ("[]", 0.8), ('""', 0.9), (key, 0.6), ("1", 1.5)):
                yield spot.swap(f"{base}.get({key}, {default})", ATOM, "get-item", cost + extra)
