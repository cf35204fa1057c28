"""What one file defines and which names it uses, read by tree-sitter. Pure; whatever the text, there are facts."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogpt.context.languages import grammar_of, load

MAX_BYTES = 1_000_000
"""A larger source file is generated."""
HEAD = 200
"""Characters of a definition's head that are kept."""
LONGEST_NAME = 80
_parsing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Definition:
    """`name` is qualified (`Cart.total`), `head` is its first line without the body; lines count from 1, inclusive."""

    name: str
    first: int
    last: int
    head: str

    @property
    def simple(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one file: definitions in order, and how often each name occurs outside of comments and strings."""

    definitions: tuple[Definition, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict[str, int])


def read_facts(path: str, data: bytes) -> Facts | None:
    """None for a file that no grammar reads. A file with syntax errors gives what can be made out."""
    grammar = grammar_of(path)
    if grammar is None or len(data) > MAX_BYTES or b"\0" in data[:8000]:
        return None
    import tree_sitter

    with _parsing:
        loaded = load(grammar)
        root = loaded.parser.parse(data).root_node
        matches = tree_sitter.QueryCursor(loaded.definitions).matches(root)
        found = tree_sitter.QueryCursor(loaded.names).captures(root).get("name", ())
        names = Counter([data[node.start_byte : node.end_byte] for node in found])
        definitions = tuple(_definitions([captures for _, captures in matches], data))
    kept = ((name, count) for name, count in names.items() if 0 < len(name) <= LONGEST_NAME)
    return Facts(definitions, {name.decode("utf-8", "replace"): count for name, count in kept})


def _definitions(matches: list[dict[str, list[Any]]], data: bytes) -> Iterator[Definition]:
    """In the order of the text, each once, named by what they stand in."""
    spans: dict[tuple[int, int, str], tuple[Any, bool]] = {}
    for captures in matches:
        node = (captures.get("definition") or captures["scope"])[0]
        name = _name(captures["name"][0], node)
        spans.setdefault((node.start_byte, -node.end_byte, name), (node, "definition" in captures))
    around: list[tuple[int, str]] = []
    for (start, end, name), (node, is_definition) in sorted(spans.items(), key=lambda item: item[0][:2]):
        while around and around[-1][0] <= start:
            around.pop()
        qualified = ".".join([*([around[-1][1]] if around else []), name])
        around.append((-end, qualified))
        if is_definition:
            outer = _with_decorators(node)
            last = node.end_point.row + (1 if node.end_point.column else 0)
            yield Definition(qualified, outer.start_point.row + 1, max(last, 1), _head(node, data))


def _name(node: Any, definition: Any) -> str:
    """As `Class.method` also where the language writes the class otherwise: C++'s `A::b`, Go's receivers."""
    name = re.sub(r"\s+", "", (node.text or b"").decode("utf-8", "replace")).replace("::", ".")
    receiver = definition.child_by_field_name("receiver") if definition.type == "method_declaration" else None
    if receiver is not None and (
        owner := re.search(rb"\*?\s*([A-Za-z_]\w*)\s*(?:\[[^]]*\]\s*)?\)", receiver.text or b"")
    ):
        return f"{owner[1].decode()}.{name}"
    return name[:LONGEST_NAME]


def _with_decorators(node: Any) -> Any:
    """Decorators, `export` and templates belong to what they stand before."""
    parent = node.parent
    while parent is not None and parent.type in ("decorated_definition", "export_statement", "template_declaration"):
        node, parent = parent, parent.parent
    return node


def _head(node: Any, data: bytes) -> str:
    """The text before the body on one line."""
    body = node.child_by_field_name("body")
    for child in () if body is not None else node.named_children:
        value = child.child_by_field_name("value")
        body = child.child_by_field_name("body") or (value.child_by_field_name("body") if value is not None else None)
        if body is not None:
            break
    end = body.start_byte if body is not None else min(node.end_byte, node.start_byte + 4 * HEAD)
    text = data[node.start_byte : end].decode("utf-8", "replace")
    text = text if body is not None else text.partition("\n")[0]
    lines = (re.sub(r"(?:^|\s+)(?:#|//).*", "", line) for line in text.split("\n"))  # no remark before the body
    head = " ".join(" ".join(lines).split()).rstrip("{:;= ").rstrip() or " ".join(text.split())
    return head if len(head) <= HEAD else head[: HEAD - 2] + " …"


def enclosing(definitions: Sequence[Definition], line: int) -> str:
    """The name of the innermost definition around a line (from 1); "" for none."""
    around = [one for one in definitions if one.first <= line <= one.last]
    return min(around, key=lambda one: one.last - one.first).name if around else ""


def syntax_error(path: str, data: bytes) -> int:
    """The first line (from 1) that the grammar cannot read; 0 when there is none or no grammar for the file."""
    grammar = grammar_of(path)
    if grammar is None or len(data) > MAX_BYTES:
        return 0
    with _parsing:
        root = load(grammar).parser.parse(data).root_node
        return _first_error(root) if root.has_error else 0


def _first_error(node: Any) -> int:
    """Into the first child that has an error, down to the error itself."""
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    return int(node.start_point.row) + 1
