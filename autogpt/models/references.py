"""Lines of a project that use a name, with the definition they stand in; comments and strings do not count."""

from __future__ import annotations

import re

from autogpt.context.index import Index
from autogpt.context.syntax import Definition, enclosing
from autogpt.models.tree import Tree

LINE = 200


def references(name: str, index: Index, tree: Tree) -> list[str]:
    """As `path:line in definition: text`, without where it is defined. The index must be that of the tree."""
    hits: list[str] = []
    for path in sorted(index.users.get(name, ())):
        facts, text = index.files[path], tree.text(path) or ""
        heads = {one.first + _offset(text, one, name) for one in facts.definitions if one.simple == name}
        for number, line in enumerate(text.splitlines(), 1):
            if number not in heads and re.search(rf"\b{re.escape(name)}\b", line):
                inside = enclosing(facts.definitions, number)
                hits.append(f"{path}:{number}{f' in {inside}' if inside else ''}: {line.strip()[:LINE]}")
    return hits


def _offset(text: str, one: Definition, name: str) -> int:
    """Lines from the beginning of a definition, such as its decorators, to its name."""
    lines = text.splitlines()[one.first - 1 : one.last]
    return next((number for number, line in enumerate(lines) if re.search(rf"\b{re.escape(name)}\b", line)), 0)
