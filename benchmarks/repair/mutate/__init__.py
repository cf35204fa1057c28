"""The kinds of bugs, with their weights; see README.md, where they are described. Pure: text in, edits out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.repair.mutate import conditions, containers, names, statements, values
from benchmarks.repair.mutate.code import Edit, Module, Scope

__all__ = ["KINDS", "Edit", "Kind", "Module", "Scope", "apply", "makes_sense", "sites"]

Finder = Callable[[Scope], Iterator[Edit | None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`weight` is how often a kind is drawn, beside the others."""

    group: str
    weight: int
    find: Finder


KINDS: dict[str, Kind] = {
    "boundary": Kind("conditions", 6, conditions.boundary),
    "comparison": Kind("conditions", 4, conditions.comparison),
    "connective": Kind("conditions", 3, conditions.connective),
    "negation": Kind("conditions", 4, conditions.negation),
    "condition-weak": Kind("conditions", 4, conditions.condition_weak),
    "condition-extra": Kind("conditions", 2, conditions.condition_extra),
    "guard-missing": Kind("conditions", 6, conditions.guard_missing),
    "branch-missing": Kind("conditions", 2, conditions.branch_missing),
    "off-by-one": Kind("values", 7, values.off_by_one),
    "constant": Kind("values", 5, values.constant),
    "initial": Kind("values", 3, values.initial),
    "arithmetic": Kind("values", 4, values.arithmetic),
    "operand-order": Kind("values", 2, values.operand_order),
    "name": Kind("names and calls", 8, names.name),
    "attribute": Kind("names and calls", 5, names.attribute),
    "function": Kind("names and calls", 3, names.function),
    "swapped": Kind("names and calls", 4, names.swapped),
    "argument-missing": Kind("names and calls", 4, names.argument_missing),
    "call-missing": Kind("names and calls", 5, names.call_missing),
    "call-extra": Kind("names and calls", 1, names.call_extra),
    "statement-missing": Kind("statements", 6, statements.statement_missing),
    "statement-moved": Kind("statements", 3, statements.statement_moved),
    "return": Kind("statements", 4, statements.wrong_return),
    "loop-exit": Kind("statements", 1, statements.loop_exit),
    "update": Kind("statements", 2, statements.update),
    "exception": Kind("statements", 2, statements.exception),
    "slice": Kind("containers", 3, containers.bounds),
    "end": Kind("containers", 2, containers.ends),
    "element-order": Kind("containers", 2, containers.element_order),
}


def apply(text: str, *edits: Edit) -> str:
    """The text with edits that do not overlap, whose offsets are all those of `text`."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def sites(scope: Scope, kind: str) -> list[Edit]:
    """All edits of a kind in a function, once each; not all of them make sense, see `makes_sense`."""
    return list(dict.fromkeys(edit for edit in KINDS[kind].find(scope) if edit is not None))


def makes_sense(module: Module, edit: Edit) -> bool:
    """Whether the module parses with the edit and means something else than before."""
    try:
        changed = ast.parse(apply(module.text, edit))
    except (SyntaxError, ValueError):
        return False
    return ast.dump(changed) != module.meaning
