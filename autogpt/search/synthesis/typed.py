"""Bodies built from declared types: what fits the annotations, the words of the docstring first.

Enumerates expressions over parameters, fields, methods and functions of the project, then sums, joins, filters and
sorts over what can be iterated, then a check that raises before the result. Only the tests can judge what comes out.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from autogpt.search.space.scope import Function, Scope
from autogpt.search.synthesis.declared import UNKNOWN, Kind, World, kind_in, own_kinds, world_of
from autogpt.search.synthesis.idioms import Body

MOST = 6000
"""Bodies at most; what comes later is too far-fetched to be worth a test run."""
STEP, UNUSED, HINT = 0.8, 2.5, 0.7
"""Nats for each part of an expression, for each parameter left unused, and taken off for a word of the docstring."""
WIDTH = 60
"""Expressions of one kind that are kept as parts of larger ones, the cheapest."""
SEPARATORS = ("-", " ", "", ", ", "_", ",", "\n", "/", ".", ":")
ELEMENT_NAMES = {"str": "text", "int": "number", "float": "number"}


@dataclass(frozen=True, slots=True)
class Part:
    """An expression with its kind; `cost` grows with its size. `tight` needs no parentheses as an operand."""

    text: str
    kind: Kind
    cost: float
    tight: bool = True


def typed_bodies(scope: Scope, others: Sequence[ast.Module], tests: Sequence[str]) -> Iterator[Body]:
    """Bodies for a function whose return type is declared, the likeliest first; none for any other."""
    node = scope.node
    if not isinstance(node, Function) or node.returns is None:
        return
    maker = _Maker(scope, node, world_of(scope.source.tree, others, node), tests)
    ranked = sorted(maker.bodies(), key=lambda body: body[0])
    yield from itertools.islice(ranked, MOST)


@dataclass(slots=True)
class _Maker:
    scope: Scope
    node: Function
    world: World
    tests: Sequence[str]
    words: Counter[str] = field(init=False)
    parameters: list[str] = field(init=False)

    def __post_init__(self) -> None:
        text = f"{self.node.name} {ast.get_docstring(self.node) or ''}".replace("_", " ")
        self.words = Counter(_stem(word) for word in re.findall(r"[A-Za-z]{3,}", text))
        self.parameters = [name for name in self.scope.parameters if name != self.scope.owner]

    def bodies(self) -> Iterator[Body]:
        wanted = kind = _returned(self.node)
        optional = wanted.name == "Optional"
        if optional:
            kind = wanted.args[0]
        atoms = self._atoms()
        whole = list(self._of_kind(atoms, kind))
        for part in whole:
            yield self._cost(part.text, part.cost), (f"return {part.text}",)
        if optional:
            for part in self._first(atoms, kind):
                yield self._cost(part.text, part.cost), (f"return {part.text}",)
        yield from self._checked(atoms, whole[:8])

    # -- parts -------------------------------------------------------------------------------------------------------

    def _atoms(self) -> list[Part]:
        """Parameters and what `self` offers."""
        found: list[Part] = []
        for name, kind in own_kinds(self.node):
            if name == self.scope.owner and self.scope.cls is not None:
                found += self._members(Part(name, Kind(self.scope.cls.name), 0.0))
            elif name != self.scope.owner:
                found.append(Part(name, kind, 0.2))
        return found

    def _members(self, part: Part) -> list[Part]:
        declared = self.world.classes.get(part.kind.name)
        if declared is None:
            return []
        return [Part(f"{part.text}.{name}", kind, part.cost + STEP) for name, kind in declared.fields.items()]

    def _grown(self, parts: Sequence[Part], rounds: int = 2) -> list[Part]:
        """Parts with their members, their methods and the functions that take them, a few rounds deep."""
        known = {part.text: part for part in parts}
        fresh = list(parts)
        for _ in range(rounds):
            pool = _cheapest(known.values())
            new = [*itertools.chain.from_iterable(self._members(part) for part in fresh)]
            new += itertools.chain.from_iterable(self._builtin_methods(part) for part in fresh)
            new += self._calls(pool)
            fresh = [part for part in new if part.text not in known]
            known.update((part.text, part) for part in fresh)
        return list(known.values())

    def _builtin_methods(self, part: Part) -> Iterator[Part]:
        text, cost = part.text if part.tight else f"({part.text})", part.cost + STEP
        if part.kind.name == "str":
            for method in ("strip", "lower", "upper", "title"):
                yield Part(f"{text}.{method}()", Kind("str"), cost + 0.4)
            yield Part(f"{text}.split()", Kind("list", (Kind("str"),)), cost + 0.4)
        elif part.kind.name in ("dict", "Counter") and len(part.kind.args) == 2:
            key, value = part.kind.args
            yield Part(f"{text}.values()", Kind("list", (value,)), cost)
            yield Part(f"{text}.items()", Kind("list", (Kind("tuple", (key, value)),)), cost)
        if part.kind.element is not None or part.kind.name in ("list", "dict", "set", "tuple"):
            yield Part(f"len({part.text})", Kind("int"), cost)

    def _calls(self, pool: Sequence[Part]) -> Iterator[Part]:
        """Calls of functions of the file and of methods of `self` with up to two arguments that fit."""
        offered = [(name, call) for name, call in self.world.functions.items()]
        owner = self.world.classes.get(self.scope.cls.name) if self.scope.cls is not None else None
        if owner is not None and self.scope.owner:
            offered += [(f"{self.scope.owner}.{name}", call) for name, call in owner.methods.items()]
        for part in pool:
            declared = self.world.classes.get(part.kind.name)
            if declared is not None:
                offered += [(f"{part.text}.{name}", call) for name, call in declared.methods.items()]
        for name, call in offered:
            if call.returns.name in ("None", "") or len(call.parameters) > 2:
                continue
            fitting = [[part for part in pool if _fits(part.kind, kind)][:12] for kind in call.parameters]
            for arguments in itertools.islice(itertools.product(*fitting), 40):
                cost = STEP + sum(part.cost for part in arguments)
                yield Part(f"{name}({', '.join(part.text for part in arguments)})", call.returns, cost)

    # -- whole results -----------------------------------------------------------------------------------------------

    def _of_kind(self, atoms: Sequence[Part], kind: Kind) -> Iterator[Part]:
        """Expressions of a kind, plain ones and those that go through something iterable."""
        grown = self._grown(atoms)
        plain = [part for part in grown if _fits(part.kind, kind)]
        if kind.is_number:
            plain += _arithmetic(_cheapest(part for part in grown if part.kind.is_number))
        if kind.name == "bool":
            plain += self._conditions(grown)
        yield from plain
        for source in _cheapest(part for part in grown if part.kind.element not in (None, UNKNOWN)):
            yield from self._through(atoms, source, kind)

    def _through(self, atoms: Sequence[Part], source: Part, kind: Kind) -> Iterator[Part]:
        element = source.kind.element
        assert element is not None
        name = self._name(source, element)
        item = Part(name, element, 0.1)
        inside = [item]
        inner = [part for part in self._grown([*inside, *atoms]) if _mentions(part.text, name)]
        cost, over = source.cost + STEP, f"for {name} in {source.text}"
        if kind.is_number:
            numbers = _cheapest(part for part in inner if part.kind.is_number)
            for part in (*numbers, *_arithmetic(numbers)):
                yield Part(f"sum({part.text} {over})", kind, cost + part.cost)
                yield Part(f"max({part.text} {over})", kind, cost + part.cost + 1.0)
                yield Part(f"min({part.text} {over})", kind, cost + part.cost + 1.0)
            for test in self._tests(inner, atoms, name):
                yield Part(f"sum(1 {over} if {test.text})", kind, cost + test.cost + 0.5)
        elif kind.name == "str":
            yield from self._joined(source, inner, over, cost)
        elif kind.name == "bool":
            for test in self._tests(inner, atoms, name):
                yield Part(f"any({test.text} {over})", kind, cost + test.cost)
                yield Part(f"all({test.text} {over})", kind, cost + test.cost)
        elif kind.name in ("list", "set", "tuple"):
            yield from self._collected(source, inner, atoms, kind, name)

    def _joined(self, source: Part, inner: Sequence[Part], over: str, cost: float) -> Iterator[Part]:
        shown = " ".join([ast.get_docstring(self.node) or "", *_strings(self.tests)])
        for mark in SEPARATORS:
            extra = cost + (0.3 if mark and mark.strip() and mark in shown else 1.2)
            if source.kind.element == Kind("str"):
                yield Part(f"{mark!r}.join({source.text})".replace("'", '"'), Kind("str"), extra)
            for part in _cheapest(part for part in inner if part.kind.name == "str")[:12]:
                text = f"{mark!r}.join({part.text} {over})".replace("'", '"')
                yield Part(text, Kind("str"), extra + part.cost)

    def _collected(
        self, source: Part, inner: Sequence[Part], atoms: Sequence[Part], kind: Kind, name: str
    ) -> Iterator[Part]:
        """Lists by mapping, filtering and sorting."""
        wanted = kind.args[0] if kind.args else UNKNOWN
        results = [part for part in inner if _fits(part.kind, wanted)] if wanted.name else list(inner)
        tests: list[Part | None] = [None, *_cheapest(self._tests(inner, atoms, name))]
        keys = _cheapest(part for part in inner if part.kind.name in ("int", "float", "str"))[:8]
        make = {"list": "[{}]", "set": "{{{}}}", "tuple": "tuple({})"}[kind.name]
        for part, test in itertools.product(_cheapest(results)[:20], tests):
            if part.text == name and test is None:
                inside, bare = source.text, True
            else:
                inside, bare = f"{part.text} for {name} in {source.text}" + (f" if {test.text}" if test else ""), False
            cost = source.cost + STEP + part.cost + (test.cost if test else 0.0)
            whole = f"{kind.name}({inside})" if bare else make.format(inside)
            yield Part(whole, kind, cost)
            if kind.name == "list":
                yield Part(f"sorted({inside})", kind, cost + self._saying("sort", "order", "alphabet") + 0.8)
                for key in keys if part.text == name else []:
                    lambda_ = f"key=lambda {name}: {key.text}"
                    first = inside if bare else f"({inside})"
                    yield Part(f"sorted({first}, {lambda_})", kind, cost + key.cost + 1.2)
                    yield Part(f"sorted({first}, {lambda_}, reverse=True)", kind, cost + key.cost + 1.8)

    def _first(self, atoms: Sequence[Part], kind: Kind) -> Iterator[Part]:
        """The first element that passes a test, or None."""
        for source in _cheapest(part for part in self._grown(atoms) if part.kind.element == kind):
            name = self._name(source, kind)
            inner = [part for part in self._grown([Part(name, kind, 0.1), *atoms]) if _mentions(part.text, name)]
            for test in self._tests(inner, atoms, name):
                text = f"next(({name} for {name} in {source.text} if {test.text}), None)"
                yield Part(text, kind, source.cost + STEP + test.cost)

    # -- conditions and checks ---------------------------------------------------------------------------------------

    def _tests(self, inner: Sequence[Part], atoms: Sequence[Part], name: str) -> list[Part]:
        """Conditions over one element and what is around it."""
        around = [part for part in atoms if part.text in self.parameters]
        found = (test for test in self._conditions([*_cheapest(inner), *around]) if _mentions(test.text, name))
        return _cheapest(_subject_first(test, name) for test in found)

    def _conditions(self, parts: Sequence[Part]) -> Iterator[Part]:
        for part in parts:
            if part.kind.name == "bool":
                yield part
                yield Part(f"not {part.text}", Kind("bool"), part.cost + 0.6, tight=False)
        ordered = _cheapest(part for part in parts if part.kind.name in ("int", "float", "str", "date", "datetime"))
        for one, other in itertools.permutations(ordered, 2):
            if one.kind != other.kind:
                continue
            for sign, extra in (("==", 0.3), ("<", 0.3), ("<=", 0.4), (">=", 0.4), (">", 0.3), ("!=", 0.6)):
                yield Part(f"{one.text} {sign} {other.text}", Kind("bool"), one.cost + other.cost + extra, tight=False)
            if one.kind.name == "str":
                yield Part(f"{one.text} in {other.text}", Kind("bool"), one.cost + other.cost + 0.5, tight=False)

    def _checked(self, atoms: Sequence[Part], whole: Sequence[Part]) -> Iterator[Body]:
        """A check that raises what the docstring or the tests expect, then a result."""
        said = [ast.get_docstring(self.node) or "", *self.tests]
        errors = Counter(re.findall(r"\b([A-Z]\w*(?:Error|Exception))\b", " ".join(said)))
        errors.pop("NotImplementedError", None)
        numbers = sorted({int(text) for text in re.findall(r"(?<![\w.])-?\d{1,6}(?![\w.])", said[0])})
        for error, _ in errors.most_common(2):
            for part in (part for part in atoms if part.text in self.parameters):
                for test, cost in _bounds(part, numbers):
                    raised = f'raise {error}(f"{part.text}: {{{part.text}!r}}")'
                    for result in whole:
                        lines = (f"if {test}:", f"    {raised}", f"return {result.text}")
                        yield self._cost(" ".join(lines), cost + result.cost + 1.0), lines

    # -- likelihood --------------------------------------------------------------------------------------------------

    def _cost(self, text: str, cost: float) -> float:
        names = re.findall(r"[A-Za-z_]\w*", text)
        unused = sum(1 for name in self.parameters if name not in names)
        stems = {_stem(part) for name in names for part in name.split("_") if len(part) > 2}
        return cost + UNUSED * unused - HINT * sum(1 for stem in stems if stem in self.words)

    def _saying(self, *words: str) -> float:
        return -0.8 if any(stem.startswith(word) for stem in self.words for word in words) else 0.4

    def _name(self, source: Part, element: Kind) -> str:
        """A name for one element that the function does not use yet."""
        last = re.findall(r"[A-Za-z]\w*", source.text)[-1].lstrip("_")
        singular = last[:-1] if last.endswith("s") and not last.endswith("ss") else ""
        plain = (
            "key" if source.kind.name in ("dict", "Counter") else ELEMENT_NAMES.get(element.name, element.name.lower())
        )
        name = singular or plain or "item"
        taken = {*self.scope.parameters, *self.world.functions}
        return name if name.isidentifier() and name not in taken and name not in ("values", "keys") else "item"


def _returned(node: Function) -> Kind:
    return kind_in(node.returns)


def _subject_first(test: Part, name: str) -> Part:
    """People compare the element with the bound, not the bound with the element."""
    left = re.split(r" (?:==|!=|<=?|>=?|in) ", test.text)[0]
    return test if _mentions(left, name) else replace(test, cost=test.cost + 0.5)


def _stem(word: str) -> str:
    word = word.lower()
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _fits(kind: Kind, wanted: Kind) -> bool:
    if not wanted.name:
        return bool(kind.name)
    return kind.name == wanted.name and (not wanted.args or not kind.args or kind.args == wanted.args)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", text) is not None


def _cheapest(parts: Iterator[Part] | Sequence[Part] | object) -> list[Part]:
    return sorted(parts, key=lambda part: (part.cost, part.text))[:WIDTH]  # type: ignore[call-overload]


def _arithmetic(numbers: Sequence[Part]) -> Iterator[Part]:
    for one, other in itertools.combinations(numbers[:24], 2):
        cost = one.cost + other.cost + 0.3
        for sign in ("*", "+"):
            yield Part(f"{one.text} {sign} {other.text}", one.kind, cost, tight=False)
        yield Part(f"{one.text} - {other.text}", one.kind, cost + 0.2, tight=False)
        yield Part(f"{other.text} - {one.text}", one.kind, cost + 0.2, tight=False)


def _bounds(part: Part, numbers: Sequence[int]) -> Iterator[tuple[str, float]]:
    """Checks that a parameter lies where the docstring says."""
    name = part.text
    if part.kind.is_number:
        for low, high in itertools.combinations(numbers, 2):
            yield f"not {low} <= {name} <= {high}", 0.3
            yield f"not {low} <= {name} < {high}", 1.0
        for number in sorted({*numbers, 0, 1}):
            extra = 0.6 if number in numbers else 1.0
            yield f"{name} < {number}", extra
            yield f"{name} > {number}", extra
            yield f"{name} <= {number}", extra + 0.4
            yield f"{name} >= {number}", extra + 0.4
    else:
        yield f"not {name}", 0.5
        yield f"{name} is None", 0.9


def _strings(tests: Sequence[str]) -> list[str]:
    return [match[1] for text in tests for match in re.finditer(r"[\"']([^\"'\n]{1,60})[\"']", text)]
