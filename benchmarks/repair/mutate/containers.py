"""What goes wrong with sequences: bounds, ends, order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchmarks.repair.mutate.code import Edit, Scope


def bounds(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.Slice) and node.step is None:
            lower = scope.source(node.lower) if node.lower else ""
            upper = scope.source(node.upper) if node.upper else ""
            versions = [f"{lower}:", f":{upper}"] if lower and upper else [f"{upper}:{lower}"]
            if lower or upper:
                yield from (scope.replace(node, new) for new in versions)


def ends(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.Subscript):
            index = scope.source(node.slice)
            if index in ("0", "-1"):
                yield scope.replace(node.slice, "-1" if index == "0" else "0")


def element_order(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.Tuple) and 1 < len(node.elts) < 5:
            for left, right in zip(node.elts, node.elts[1:], strict=False):
                yield scope.swap(left, right)
