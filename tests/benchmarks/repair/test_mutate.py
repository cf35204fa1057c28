"""Each kind makes the mistake it is named for."""

from __future__ import annotations

import ast
import textwrap

import pytest

from benchmarks.repair.mutate import KINDS, Edit, Module, Scope, apply, makes_sense, sites

CASES = [
    ("boundary", "return a < b", "return a <= b"),
    ("comparison", "return a in b", "return a not in b"),
    ("connective", "return a and b", "return a or b"),
    ("negation", "return 1 if a else b", "return 1 if not a else b"),
    ("negation", "return not a", "return a"),
    ("condition-weak", "return a and b", "return a"),
    ("condition-extra", "if a > 1: b()\nif b: a()", "if a > 1 and b: b()\nif b: a()"),
    ("guard-missing", "if not a:\n    return b\nreturn a", "return a"),
    ("branch-missing", "if a:\n    b()\nelse:\n    a()", "if a:\n    b()"),
    ("off-by-one", "return a[: b + 1]", "return a[: b]"),
    ("off-by-one", "return range(b)", "return range(b - 1)"),
    ("constant", "return a * 60", "return a * 61"),
    ("constant", "return a.split(', ')", "return a.split(',')"),
    ("initial", "n = 0\nfor x in a:\n    n = x", "n = 1\nfor x in a:\n    n = x"),
    ("arithmetic", "return a // b", "return a / b"),
    ("operand-order", "return a - b", "return b - a"),
    ("name", "return a + b", "return b + b"),
    ("attribute", "return a.lstrip()", "return a.strip()"),
    ("function", "return max(a)", "return min(a)"),
    ("swapped", "return f(a, b)", "return f(b, a)"),
    ("argument-missing", "return f(a, key=b)", "return f(a)"),
    ("call-missing", "return a.lower() == b", "return a == b"),
    ("call-extra", "return a", "return list(a)"),
    ("statement-missing", "a.sort()\nreturn a", "return a"),
    ("statement-moved", "for x in a:\n    b += x\n    b -= 1\nreturn b", "for x in a:\n    b += x\nb -= 1\nreturn b"),
    ("return", "b = sorted(a)\nreturn b", "b = sorted(a)\nreturn a"),
    ("return", "for x in a:\n    b += x\nreturn b", "for x in a:\n    b += x\n    return b"),
    ("loop-exit", "for x in a:\n    break", "for x in a:\n    continue"),
    ("update", "a += b", "a = b"),
    ("exception", "try:\n    a()\nexcept KeyError:\n    b()", "try:\n    a()\nexcept IndexError:\n    b()"),
    ("slice", "return a[1:]", "return a[:1]"),
    ("end", "return a[0]", "return a[-1]"),
    ("element-order", "return a, b", "return b, a"),
]


def function(body: str) -> Scope:
    module = Module(f"def f(a, b):\n{textwrap.indent(body, '    ')}\n")
    ((name, node),) = module.functions()
    return Scope(module, name, node)


@pytest.mark.parametrize(("kind", "before", "after"), CASES)
def test_a_kind_makes_its_mistake(kind: str, before: str, after: str) -> None:
    scope = function(before)

    mutants = [ast.unparse(ast.parse(apply(scope.module.text, edit))) for edit in sensible(scope, kind)]

    assert ast.unparse(ast.parse(function(after).module.text)) in mutants


def sensible(scope: Scope, kind: str) -> list[Edit]:
    return [edit for edit in sites(scope, kind) if makes_sense(scope.module, edit)]


def test_every_kind_has_a_case() -> None:
    assert {kind for kind, _, _ in CASES} == set(KINDS)


def test_what_is_said_to_people_is_left_alone() -> None:
    """A changed docstring or message is no bug that a test should find."""
    scope = function('"""Twice 2."""\nraise ValueError(f"{a} is not {b}", "x", 1)')

    assert not [edit for kind in KINDS if kind != "exception" for edit in sites(scope, kind)]


def test_an_edit_that_changes_nothing_or_does_not_parse_makes_no_sense() -> None:
    scope = function("return (a or b) and a")
    edits = sites(scope, "condition-weak")

    texts = [apply(scope.module.text, edit) for edit in edits if makes_sense(scope.module, edit)]

    assert texts and len(texts) < len(edits)
    assert all(ast.dump(ast.parse(text)) != scope.module.meaning for text in texts)


def test_offsets_count_characters_not_bytes() -> None:
    scope = function("return 'äöü' + a < 'ß' + b")

    (edit,) = sites(scope, "boundary")

    assert apply(scope.module.text, edit).endswith("return 'äöü' + a <= 'ß' + b\n")


def test_edits_are_applied_together_in_any_order() -> None:
    scope = function("return a < b")
    first, second = sites(scope, "boundary")[0], sites(scope, "name")[0]

    assert apply(scope.module.text, second, first) == apply(scope.module.text, first, second)
    assert apply(scope.module.text, first, second).endswith("return b <= b\n")
