"""What a function could be, from everything known about it: the order of the attempts and the atoms they start from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from autogpt.search.space.precedence import ATOM, FACTOR
from autogpt.search.space.scope import Function, Scope
from autogpt.search.synthesis.affixes import with_affixes
from autogpt.search.synthesis.examples import Example, Signature, Value, examples_in, prose_of
from autogpt.search.synthesis.grow import Bank
from autogpt.search.synthesis.hints import hints_of
from autogpt.search.synthesis.idioms import Body
from autogpt.search.synthesis.loops import PLAIN, Loop, comprehensions, elements, loops_over, zipped
from autogpt.search.synthesis.methods import by_name
from autogpt.search.synthesis.programs import cases, known_loops, matches
from autogpt.search.synthesis.relations import relations_in, spoken_of
from autogpt.search.synthesis.signatures import NO_LITERAL, fields_of, literal, signature_of
from autogpt.search.synthesis.values import FAILED, Term, key_of, quoted, term

MOST_EXAMPLES = 14
WORK, WORK_INSIDE, WORK_AFTER = 16_000, 1_600, 12_000
"""Operations applied to plain expressions, to those over one element (for each loop), and to those over both."""
ONLY_NUMBERS = 4
"""So many times more of the first where all is numbers: few operations fit, and formulas are long."""
KEPT_LOOPS, MOST_LOOPS = 160, 18
MOST_ALIKE = 200
"""Plain expressions that give every result and are offered."""
STATED = 0.8
"""Size of a number or piece of text that the docstring names: less than a parameter, since it was named to be used."""
UNLIKE = 0.6
"""Cost of whole numbers where the examples have 119.0."""
IGNORED = 2.5
"""Cost of each parameter that has no part in the result though examples give it different values."""
AT_ONCE = 4.0
"""Cost up to which a body is offered before all are known."""


def solutions(scope: Scope, tests: Sequence[str]) -> Iterator[Body]:
    """Bodies, roughly the likeliest first. Those at the front give every example's result."""
    signature = signature_of(scope)
    docstring = ast.get_docstring(scope.node, clean=True) if isinstance(scope.node, Function) else None
    examples = examples_in(tests, signature, docstring or "")
    examples = [one for one in examples if set(one.arguments) == set(examples[0].arguments)][:MOST_EXAMPLES]
    names = [(name, scope.types.get(name, "")) for name in signature.parameters]
    found: Iterator[Body] = iter(())
    if examples:
        found = _from_examples(scope, examples, prose_of(docstring or ""))
        names = [(name, type(value).__name__) for name, value in examples[0].arguments.items()]
    yield from _in_order(chain(found, _calls(scope, signature), _by_heart(scope, signature, names)))


def _in_order(found: Iterator[Body]) -> Iterator[Body]:
    """Cheapest first, without waiting for all: what is cheap goes out at once, the rest at the end."""
    held: list[Body] = []
    for body in found:
        if body[0] <= AT_ONCE:
            yield body
        else:
            held.append(body)
    yield from sorted(held, key=lambda body: body[0])


def _by_heart(scope: Scope, signature: Signature, names: Sequence[tuple[str, str]]) -> Iterator[Body]:
    found: list[Body] = []
    if scope.owner:
        attributes = {
            name: scope.types.get(f"{scope.owner}.{name}", "")
            for name, role in scope.members.items()
            if role == "attribute"
        }
        found += by_name(signature.name, scope.owner, attributes, signature.parameters)
    call = f"{scope.owner}.{signature.name}" if scope.owner else signature.name
    yield from known_loops([(name, kind) for name, kind in names if kind != "function"], call)
    yield from found


def _from_examples(scope: Scope, examples: Sequence[Example], docstring: str) -> Iterator[Body]:
    atoms = list(_atoms(scope, examples, docstring))
    everything = sum(1 << index for index, example in enumerate(examples) if not example.raises)
    raising = any(example.raises for example in examples)
    hints = hints_of(scope.name.rpartition(".")[2], docstring)
    relations = relations_in(docstring)
    all_terms: list[Term] = []
    found = 0

    def solved(stream: Iterator[Term]) -> Iterator[Body]:
        nonlocal found
        for one in stream:
            all_terms.append(one)
            if everything and not raising and matches(one, examples) == everything and _uses_input(one, examples):
                found += 1
                cost = 2.0 + 0.5 * one.size + IGNORED * _ignored(one, examples) + hints.cost(one.text)
                cost += UNLIKE * (one.kind == "int" and wanted == {"float"})
                yield (cost, (f"return {one.text}",))

    wanted = _kinds([example.result for example in examples if not example.raises])
    usual = _usual_kinds(examples, docstring)
    work = WORK * (ONLY_NUMBERS if usual <= _NUMBERS else 1)
    goal = b"" if raising else key_of([example.result for example in examples])
    bank = Bank(work, wanted=frozenset(wanted), usual=usual, goal=goal)
    # What an example gives as a whole is an answer to a case, never a part of something larger.
    for text, value in (
        *(("None", None), ("True", True), ("False", False), ("-1", -1)),
        *((quoted(whole), whole) for whole in _whole_results(examples)),
    ):
        all_terms.append(term(text, ATOM, (value,) * len(examples), 1.2))
    yield from islice(solved(bank.grow([*spoken_of(relations, atoms), *atoms])), MOST_ALIKE)
    loops = list(islice(_loops(bank.terms), MOST_LOOPS))
    # Where all results are None or empty they do not say what the others are made of.
    told = wanted if any(example.result for example in examples) else frozenset[str]()
    outside = [one for one in atoms if one.size <= 1.6]
    made = [
        one
        for loop in loops
        for one in comprehensions(loop, elements(loop, outside, _work_inside(loop), relations), told)
    ]
    made.sort(key=lambda one: one.size)
    seen = Bank(0)
    folded = [one for one in made if any(value is not FAILED for value in one.values) and seen.add(one)]
    # Of those that no example tells apart the words choose, so none is left out here.
    alike = [one for one in made if matches(one, examples) == everything]
    yield from sorted(islice(solved(iter(alike)), 200), key=lambda body: body[0])
    all_terms.extend(folded)
    if found < 3:
        again = Bank(WORK_AFTER, 14.0, wanted=frozenset(wanted), usual=usual)
        small = [one for one in bank.terms if one.size <= 2.5][:60]
        cheap = [
            Term(one.text, one.level, one.values, max(2.0, one.size - 2.0), one.kind) for one in folded[:KEPT_LOOPS]
        ]
        yield from islice(solved(again.grow([*small, *cheap])), 60)
    yield from islice(solved(with_affixes(tuple(all_terms), examples)), 20)
    if found < 8 or raising:
        yield from (
            (3.0 + 0.5 * cost + hints.cost("\n".join(lines)), lines) for cost, lines in cases(all_terms, examples)
        )


def _work_inside(loop: Loop) -> int:
    return WORK_INSIDE * (3 if loop.size <= PLAIN else 1)


def _uses_input(one: Term, examples: Sequence[Example]) -> bool:
    """A constant answers every example only where all of them expect the same."""
    return (
        any(re.search(rf"\b{re.escape(name)}\b", one.text) for name in examples[0].arguments)
        or not examples[0].arguments
    )


def _ignored(one: Term, examples: Sequence[Example]) -> int:
    """Parameters that vary and are not used."""
    names = [name for name in examples[0].arguments if len({repr(each.arguments[name]) for each in examples}) > 1]
    return sum(re.search(rf"\b{re.escape(name)}\b", one.text) is None for name in names)


def _loops(terms: Sequence[Term]) -> Iterator[Loop]:
    """Ways to iterate: over the arguments, over two of them together, over small expressions of them."""
    small = [one for one in terms if one.size <= 3.5 and one.text[:1].isalpha()]
    small.sort(key=lambda one: one.size)
    arguments = [one for one in small if one.size <= 1.0]
    for one in arguments:
        yield from loops_over(one)
    for one in arguments:
        for other in arguments:
            if one is not other:
                yield from zipped(one, other)
    for one in small[len(arguments) : 40]:
        yield from loops_over(one)


def _atoms(scope: Scope, examples: Sequence[Example], docstring: str) -> Iterator[Term]:
    count = len(examples)
    for name in examples[0].arguments:
        text = name if not name.startswith("self.") else f"{scope.owner}{name[4:]}"
        yield term(text, ATOM, tuple(example.arguments[name] for example in examples), 1.0)
    for text, value, size in _constants(scope, examples, docstring):
        level = FACTOR if text.startswith("-") else ATOM
        yield term(text, level, (value,) * count, size)


def _constants(scope: Scope, examples: Sequence[Example], docstring: str) -> Iterator[tuple[str, Value, float]]:
    kinds = _kinds([*(example.result for example in examples if not example.raises),
                    *(value for example in examples for value in example.arguments.values())])  # fmt: skip
    if kinds & {"int", "float", "list", "tuple", "str", "range"}:
        yield from (("0", 0, 1.0), ("1", 1, 1.0), ("2", 2, 1.4))
    if "str" in kinds:
        yield from (('""', "", 1.4), ('" "', " ", 1.4))
    results = _kinds([example.result for example in examples if not example.raises])
    if "list" in results:
        yield "[]", [], 1.8
    if "dict" in results:
        yield "{}", {}, 1.8
    spoken = docstring.lower()
    usual = ["100"] * ("percent" in spoken or "%" in spoken) + ["10"] * ("digit" in spoken)
    for text in re.findall(r"\b100\b|\b10\b", docstring) or usual:
        yield text, int(text), 1.6
    if "vowel" in spoken:
        yield '"aeiou"', "aeiou", 1.4
    for word in dict.fromkeys(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", docstring)):
        value = float(word) if "." in word else int(word)
        if value not in (0, 1, 2, 10, 100):
            yield word, value, STATED
    for word in dict.fromkeys(re.findall(r"[`'\"]([^`'\"\n]{1,12})[`'\"]", docstring)):
        if word.strip() and (not word.isidentifier() or (len(word) == 1 and word not in examples[0].arguments)):
            yield quoted(word), word, STATED
    yield from _module_constants(scope)
    for text in _texts_of_results(examples):
        yield quoted(text), text, 2.0


def _module_constants(scope: Scope) -> Iterator[tuple[str, Value, float]]:
    for node in scope.source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = literal(node.value)
            if value is not NO_LITERAL:
                yield node.targets[0].id, value, 1.3


def _kinds(values: Sequence[Value]) -> set[str]:
    """Types of values and of what they hold, one level deep."""
    found = {type(value).__name__ for value in values}
    for value in values:
        if isinstance(value, list | tuple | set | dict):
            found |= {type(one).__name__ for one in value}
        if isinstance(value, dict):
            found |= {type(one).__name__ for one in value.values()}
    return found


def _whole_results(examples: Sequence[Example]) -> list[str]:
    """Results that are short strings and few, and no part of an input."""
    results = [example.result for example in examples if isinstance(example.result, str)]
    inputs = repr([list(example.arguments.values()) for example in examples])
    whole = list(dict.fromkeys(text for text in results if 0 < len(text) <= 16 and text not in inputs))
    return whole if len(whole) <= 5 else []


_NUMBERS = frozenset({"int", "float", "bool", "NoneType", ""})


def _usual_kinds(examples: Sequence[Example], docstring: str) -> frozenset[str]:
    """Types of inputs and results, truth values, and what goes with them."""
    found = _kinds([*(example.result for example in examples if not example.raises),
                    *(value for example in examples for value in example.arguments.values())])  # fmt: skip
    found |= {"bool", "NoneType", ""}
    if found & {"str", "list", "tuple", "set", "dict"}:
        found |= {"int", "list", "str", "set"}
    if found & {"int", "float"}:
        found |= {"int", "float"}
    if re.search(r"digit|text|palindrom|range|up to", docstring.lower()):
        found |= {"str", "range", "list"}
    return frozenset(found)


def _texts_of_results(examples: Sequence[Example]) -> Iterator[str]:
    """Characters that results have and inputs lack, and those that part the inputs."""
    results = [example.result for example in examples if isinstance(example.result, str)]
    letters = dict.fromkeys(char for text in results for char in text if not char.isalnum() and char != " ")
    yield from list(letters)[:4]
    given = [value for example in examples for value in example.arguments.values() if isinstance(value, str)]
    separators = dict.fromkeys(char for value in given for char in value if char in ",;:-_/.|=")
    yield from list(separators)[:3]


def _calls(scope: Scope, signature: Signature) -> Iterator[Body]:
    """Calls of the file's functions with the parameters, as they are and element by element."""
    names = signature.parameters
    for name, functions in scope.module.functions.items():
        if name == signature.name or name.startswith("__"):
            continue
        takes = [one.arg for one in functions[0].args.args if one.arg not in ("self", "cls")]
        is_method = scope.owner and scope.members.get(name) == "method"
        if name not in scope.module.globals and not is_method:
            continue
        callee = f"{scope.owner}.{name}" if is_method else name
        required = len(takes) - len(functions[0].args.defaults)
        if required <= len(names) <= len(takes) or (required == 0 and not names):
            yield 6.0, (f"return {callee}({', '.join(names)})",)
        for values in names:
            rest = [other for other in names if other != values]
            if required <= 1 + len(rest) and len(takes) >= 1 + len(rest):
                call = f"{callee}({', '.join(['item', *rest])})"
                yield 6.8, (f"return [{call} for item in {values}]",)
                yield 7.0, (f"return [item for item in {values} if {call}]",)
                yield 7.2, (f"return sum({call} for item in {values})",)
                yield 7.4, (f"return all({call} for item in {values})",)
                yield 7.4, (f"return any({call} for item in {values})",)
                yield 7.6, (f"return max({values}, key=lambda item: {call})",)
                yield 7.6, (f"return sorted({values}, key=lambda item: {call})",)
                yield 8.0, (f"return {{item: {call} for item in {values}}}",)
    if scope.owner:
        yield from _over_attributes(scope, names)


_PLAIN_FOLDS = (
    ("sum", 5.0), ("len", 5.0), ("max", 5.4), ("min", 5.4), ("sorted", 5.6), ("list", 5.6), ("set", 6.2), ("any", 6.4),
)  # fmt: skip


def _over_attributes(scope: Scope, names: Sequence[str]) -> Iterator[Body]:
    """Sums, lists and searches over the instances that an attribute holds, by attributes the file knows."""
    parts = [name for name, _ in scope.module.attribute_counts.most_common(20) if name not in scope.members]
    parts += [name for cls in scope.module.classes.values() if cls is not scope.cls for name in fields_of(cls)[0]]
    parts += [f"{name}()" for cls in scope.module.classes.values() if cls is not scope.cls
              for name in (one.name for one in cls.body if isinstance(one,
              Function)) if not name.startswith("_")]  # fmt: skip
    for member, role in scope.members.items():
        if role != "attribute":
            continue
        for values in (f"{scope.owner}.{member}", f"{scope.owner}.{member}.values()"):
            extra = 0.0 if values.endswith(member) else 0.6
            for call, cost in _PLAIN_FOLDS:
                yield cost + extra, (f"return {call}({values})",)
            for name in names:
                for sign, cost in (("==", 0.0), ("<", 0.4), (">", 0.4), ("<=", 0.6), (">=", 0.6), ("!=", 0.6)):
                    yield 6.0 + cost + extra, (f"return [item for item in {values} if item {sign} {name}]",)
                    yield 6.6 + cost + extra, (f"return sum(1 for item in {values} if item {sign} {name})",)
                yield 6.2 + extra, (f"return {name} in {values}",)
            for part in dict.fromkeys(parts):
                yield 7.0 + extra, (f"return sum(item.{part} for item in {values})",)
                yield 7.4 + extra, (f"return [item.{part} for item in {values}]",)
                for name in names:
                    yield 7.2 + extra, (f"return [item for item in {values} if item.{part} == {name}]",)
                    yield (
                        7.4 + extra,
                        (
                            f"for item in {values}:",
                            f"    if item.{part} == {name}:",
                            "        return item",
                            "return None",
                        ),
                    )
                    yield 7.8 + extra, (f"return [item for item in {values} if item.{part} < {name}]",)
                    yield 7.8 + extra, (f"return [item for item in {values} if item.{part} > {name}]",)
                    yield 7.8 + extra, (f"return [item for item in {values} if item.{part} >= {name}]",)
                    yield 7.8 + extra, (f"return [item for item in {values} if item.{part} <= {name}]",)
