"""Which of several edits that pass the same tests a person would have made: the smallest, most natural, least special.

Pure functions of texts. The scores are sums of terms in nats, so that differences between edits mean odds; the terms
are judgement, not measurement, and each says in its name what it looks at.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from autogpt.search.edit import Edit, apply_edit
from autogpt.search.naturalness import gain
from autogpt.search.space.likeness import words

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known besides the texts."""

    tests: tuple[str, ...] = ()
    """Source texts of the tests that the edit is to turn green."""
    suspicion: float = 1.0
    """Of the edited line, above 0 and at most 1."""


def order_key(edit: Edit, suspicion: float) -> float:
    """The order in which edits are worth trying, the smallest first; suspicion is above 0 and at most 1."""
    return edit.cost - log(max(suspicion, 1e-3))


def plausibility(original: str, edited: str, edit: Edit, evidence: Evidence) -> float:
    """How likely this edit is the right one among those that pass: a logarithm up to a constant; larger is better."""
    score = -edit.cost + 0.8 * log(max(evidence.suspicion, 1e-2))
    score += max(-2.0, min(2.0, 0.25 * gain(original, edited)))
    before, after = _parsed(original), _parsed(edited)
    if before is None or after is None:
        return score - 20.0
    for part in edit.singles():
        old, new = function_named(before, part.where), function_named(after, part.where)
        if old is not None and new is not None:
            score += sum(term for term in _terms(old, new, original, evidence))
    return score


def doubt(edit: Edit, texts: Mapping[str, str], evidence: Evidence) -> float:
    """Nats that speak against an edit that passes, wherever it is and however usual its kind: 0 for nothing."""
    against = 0.0
    changed = apply_edit(edit, dict(texts))
    for path, where in {(part.path, part.where) for part in edit.singles()}:
        before, after = _parsed(texts[path]), _parsed(changed[path])
        old = function_named(before, where) if before is not None else None
        new = function_named(after, where) if after is not None else None
        if old is not None and new is not None:
            terms = sum(min(0.0, term) for term in _terms(old, new, texts[path], evidence))
            against += _size_of_change(old, new) - terms  # what is missing may be long
    return against


def ranked(
    edits: Sequence[Edit], texts: Mapping[str, str], evidence: Evidence, suspicions: Sequence[float] = ()
) -> list[tuple[float, Edit]]:
    """Edits with their plausibility, the best first. Several that pass at one statement speak for that statement."""
    places = Counter((part.path, part.line) for edit in edits for part in edit.singles())
    found: list[tuple[float, int, Edit]] = []
    for index, edit in enumerate(edits):
        suspicion = suspicions[index] if index < len(suspicions) else evidence.suspicion
        own = Evidence(evidence.tests, suspicion)
        changed = apply_edit(edit, dict(texts))
        scores = [
            plausibility(texts[path], text, _only(edit, path), own) for path, text in changed.items() if path in texts
        ]
        company = min(log(places[part.path, part.line]) for part in edit.singles())
        found.append((sum(scores) + 0.25 * company - (0.7 if edit.parts else 0.0), index, edit))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [(score, edit) for score, _, edit in found]


def _only(edit: Edit, path: str) -> Edit:
    """The parts of an edit that touch one file, with their share of the cost."""
    parts = tuple(part for part in edit.singles() if part.path == path)
    if len(parts) == len(edit.singles()):
        return edit
    first = parts[0]
    cost = sum(part.cost for part in parts)
    return Edit(path, first.start, first.end, first.text, first.kind, first.where, first.line, cost, parts)


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def function_named(tree: ast.Module, where: str) -> ast.AST | None:
    """The function or class of a qualified name; the module for ``; None if it is not there."""
    node: ast.AST = tree
    for name in (part for part in where.split(".") if part != "<locals>"):
        if not name:
            continue
        found = next((one for one in _definitions(node) if one.name == name), None)
        if found is None:
            return None
        node = found
    return node


def _definitions(node: ast.AST) -> Iterator[Function | ast.ClassDef]:
    stack = list(ast.iter_child_nodes(node))
    while stack:
        child = stack.pop(0)
        if isinstance(child, Function | ast.ClassDef):
            yield child
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            stack.extend(ast.iter_child_nodes(child))


def _terms(old: ast.AST, new: ast.AST, original: str, evidence: Evidence) -> Iterator[float]:
    yield _size_of_change(old, new)
    yield _constants_of_tests(old, new, original, evidence.tests)
    yield _names_unused(old, new)
    yield _empty_conditions(old, new)
    yield _dead_code(old, new)
    yield _lost_behaviour(old, new)
    yield _words_of_docstring(old, new)
    yield _repetition(old, new)
    yield _no_longer_caught(old, new)
    yield _asserts_changed(old, new)
    yield _skipped(old, new)


def _asserts_changed(old: ast.AST, new: ast.AST) -> float:
    """What the code itself asserts was meant; an edit there mostly silences it."""
    return -2.0 * (_asserted(old) - _asserted(new)).total()


def _asserted(node: ast.AST) -> Counter[str]:
    return Counter(ast.dump(one.test) for one in ast.walk(node) if isinstance(one, ast.Assert))


def _skipped(old: ast.AST, new: ast.AST) -> float:
    """A return put into a branch that is there skips the rest of the function: the more there is, the less likely."""
    before, after = _dumps(old), _dumps(new)
    if after["If"] != before["If"] or after["Return"] <= before["Return"]:
        return 0.0
    return -0.5 * log(1 + max(0, _lines_after_returns(new) - _lines_after_returns(old)))


def _lines_after_returns(node: ast.AST) -> int:
    end = getattr(node, "end_lineno", 0) or 0
    return sum(end - one.lineno for one in ast.walk(node) if isinstance(one, ast.Return))


def _no_longer_caught(old: ast.AST, new: ast.AST) -> float:
    """Exceptions that were caught were mostly meant to be; one more is the smaller change."""
    return -2.5 * (_caught(old) - _caught(new)).total()


def _caught(node: ast.AST) -> Counter[str]:
    types = [one.type for one in ast.walk(node) if isinstance(one, ast.ExceptHandler) and one.type is not None]
    parts = [part for one in types for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
    return Counter(ast.unparse(part) for part in parts)


def _dumps(node: ast.AST) -> Counter[str]:
    return Counter(type(one).__name__ for one in ast.walk(node))


def _size_of_change(old: ast.AST, new: ast.AST) -> float:
    """Nodes added or removed; one or two more are free, since names and constants weigh the same as none."""
    before, after = _dumps(old), _dumps(new)
    changed = sum(((after - before) + (before - after)).values())
    return -0.06 * max(0, changed - 2)


def _constants(node: ast.AST) -> Counter[str]:
    return Counter(
        repr(one.value) for one in ast.walk(node)
        if isinstance(one, ast.Constant) and not isinstance(one.value, bool) and one.value is not None
    )  # fmt: skip


_COMMON = frozenset({"0", "1", "-1", "2", "''", "' '", "0.0", "1.0", "10", "100", "','", "'\\n'"})


def _constants_of_tests(old: ast.AST, new: ast.AST, original: str, tests: Sequence[str]) -> float:
    """Values that only the tests know betray an edit made to please them."""
    score = 0.0
    known = _literals(original)
    told = frozenset[str]().union(*(_literals(text) for text in tests)) if tests else frozenset[str]()
    for value in _constants(new) - _constants(old):
        if value in _COMMON or value in known:
            continue
        score -= 2.5 if value in told else 0.7
    return score


@lru_cache(maxsize=64)
def _literals(text: str) -> frozenset[str]:
    tree = _parsed(text)
    return frozenset(_constants(tree)) if tree is not None else frozenset()


def _reads(node: ast.AST) -> Counter[str]:
    return Counter(one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))


def _names_unused(old: ast.AST, new: ast.AST) -> float:
    """A parameter or local that nothing read before and something reads now explains the bug; the reverse makes one."""
    score = 0.0
    before, after = _reads(old), _reads(new)
    for name in _parameters(old) & _parameters(new):
        if name in ("self", "cls") or name.startswith("_"):
            continue
        score += 1.5 * ((after[name] > 0) - (before[name] > 0))
    for name in _locals(new):
        if not name.startswith("_") and name not in _parameters(new):
            lost = before[name] > 0 and after[name] == 0
            won = before[name] == 0 and after[name] > 0 and name in _locals(old)
            score += 1.2 * (won - lost)
    return score


def _parameters(node: ast.AST) -> frozenset[str]:
    return frozenset(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)) if isinstance(
        node, Function
    ) else frozenset()  # fmt: skip


def _locals(node: ast.AST) -> frozenset[str]:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


def _empty_conditions(old: ast.AST, new: ast.AST) -> float:
    """Conditions that are always true or always false, comparisons with oneself, parts said twice.

    Nobody writes them on purpose, so an edit that makes sense of one has found what was wrong.
    """
    more = count_empty(new) - count_empty(old)
    return -3.5 * max(0, more) + 1.5 * max(0, -more)


def count_empty(node: ast.AST) -> int:
    """Expressions and statements in which something is done to no effect, whatever the values are."""
    count = 0
    for one in ast.walk(node):
        test = getattr(one, "test", None)
        if isinstance(test, ast.Constant) and not (isinstance(one, ast.While) and test.value in (True, 1)):
            count += 1
        if isinstance(one, ast.Compare):
            operands = [ast.dump(part) for part in (one.left, *one.comparators)]
            count += len(operands) - len(set(operands))
            count += all(isinstance(part, ast.Constant) for part in (one.left, *one.comparators))
        elif isinstance(one, ast.BoolOp):
            parts = [ast.dump(part) for part in one.values]
            negated = {ast.dump(part.operand) for part in one.values if isinstance(part, ast.UnaryOp)}
            count += len(parts) - len(set(parts)) + len(negated & set(parts))
            count += any(isinstance(part, ast.Constant) for part in one.values[:-1])
        elif isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod):
            count += ast.dump(one.left) == ast.dump(one.right)
        elif isinstance(one, ast.IfExp):
            count += ast.dump(one.body) == ast.dump(one.orelse)
        elif isinstance(one, ast.Assign) and len(one.targets) == 1:
            count += sum(
                ast.unparse(left) == ast.unparse(right) for left, right in _assigned(one.targets[0], one.value)
            )
        elif isinstance(one, ast.Subscript) and isinstance(one.value, ast.Call):
            count += isinstance(one.value.func, ast.Name) and one.value.func.id in _NUMBERS
        elif isinstance(one, ast.If):
            count += _uses_none(one)
    return count


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Names with their values, one by one where several are given at once."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    else:
        yield target, value


_NUMBERS = frozenset({"len", "int", "float", "bool", "abs", "sum", "round", "ord", "hash", "id", "isinstance"})
"""Functions whose results have no parts."""


def _uses_none(branch: ast.If) -> bool:
    """`if x is None: x = f(x)`: something is done with what is known to be nothing."""
    test = branch.test
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and isinstance(test.left, ast.Name)):
        return False
    if not (isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None):
        return False
    first, name = branch.body[0], test.left.id
    users = [one for one in ast.walk(first) if isinstance(one, ast.Call | ast.Attribute | ast.Subscript | ast.BinOp)]
    parts = [
        part
        for one in users
        for part in (one.args if isinstance(one, ast.Call) else ast.iter_child_nodes(one))
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    ]
    return not isinstance(first, ast.Raise) and any(part.id == name for part in parts)


def _dead_code(old: ast.AST, new: ast.AST) -> float:
    """Statements that nothing reaches, statements without effect."""
    return -2.5 * max(0, _count_dead(new) - _count_dead(old))


def _count_dead(node: ast.AST) -> int:
    count = 0
    for one in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(one, name, None)
            if not isinstance(block, list):
                continue
            for index, stmt in enumerate(block):
                if isinstance(stmt, ast.Return | ast.Raise | ast.Break | ast.Continue) and index < len(block) - 1:
                    count += 1
                if isinstance(stmt, ast.Expr) and not isinstance(
                    stmt.value, ast.Call | ast.Yield | ast.YieldFrom | ast.Await | ast.Constant
                ):
                    count += 1
                if index and ast.dump(stmt) == ast.dump(block[index - 1]):
                    count += 1
    return count


def _lost_behaviour(old: ast.AST, new: ast.AST) -> float:
    """Statements, branches and calls taken away; what was written was mostly meant."""
    before, after = _dumps(old), _dumps(new)
    weights = {"Raise": 1.0, "If": 0.6, "Call": 0.35, "For": 1.0, "While": 1.0, "Return": 0.5, "Assign": 0.4,
    "Try": 0.8,
               "AugAssign": 0.6, "With": 0.8, "Yield": 0.8, "IfExp": 0.5, "BoolOp": 0.3}  # fmt: skip
    return -sum(weight * max(0, before[kind] - after[kind]) for kind, weight in weights.items())


_HINTS: tuple[tuple[str, str], ...] = (
    (r"at least|or more|not less|inclusive|no fewer", ">="),
    (r"at most|or less|not more|inclusive|up to", "<="),
    (r"more than|greater than|exceed|above|after", ">"),
    (r"less than|fewer than|below|before|under", "<"),
    (r"descending|reversed?|largest first|newest first", "reverse=True"),
    (r"case.?insensitive|ignor\w+ case|(whatever|regardless of|any) (the )?case", "lower()"),
    (r"none if|none when|or none", "return None"),
    (r"copy", "copy"),
    (r"absolute", "abs("),
    (r"sorted|order", "sorted("),
)


def _words_of_docstring(old: ast.AST, new: ast.AST) -> float:
    """Names and phrases of the docstring that the edit brings in or takes out."""
    text = ast.get_docstring(old) if isinstance(old, Function | ast.ClassDef | ast.Module) else None
    if not text:
        return 0.0
    text = text.lower()
    told = frozenset(re.findall(r"[a-z]+", text))
    score = 0.0
    before, after = _identifiers(old), _identifiers(new)
    for name, sign in [*((name, 1) for name in after - before), *((name, -1) for name in before - after)]:
        parts = [word for word in words(name) if len(word) > 2]
        if parts and all(word in told or word + "s" in told for word in parts):
            score += 0.4 * sign
    body, other = _body(new), _body(old)
    for phrase, code in _HINTS:
        if re.search(phrase, text):
            sign = f" {code} " if code[0] in "<>" else code
            score += 0.4 * ((sign in body) - (sign in other))
    return max(-1.2, min(1.2, score))


def _identifiers(node: ast.AST) -> Counter[str]:
    return Counter(one.id if isinstance(one, ast.Name) else one.attr for one in ast.walk(node)
                   if isinstance(one, ast.Name | ast.Attribute))  # fmt: skip


@lru_cache(maxsize=64)
def _body(node: ast.AST) -> str:
    return ast.unparse(node)


def _repetition(old: ast.AST, new: ast.AST) -> float:
    """A statement that now says the same as another one nearby, word for word, is mostly a copy too many."""
    return -0.8 * max(0, _count_repeats(new) - _count_repeats(old))


def _count_repeats(node: ast.AST) -> int:
    dumps = Counter(
        ast.dump(one) for one in ast.walk(node) if isinstance(one, ast.Assign | ast.AugAssign | ast.Expr | ast.If)
    )
    return sum(count - 1 for count in dumps.values())
