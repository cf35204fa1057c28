"""Parts of a file too long to show: what matters of it as text, of the rest the definitions with their lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autogpt.context.syntax import read_facts

NAMED = 40
"""Definitions named of one part that is left out."""
NEAR = 8
"""A part shorter than this is shown rather than left out."""
_DEFINITION = re.compile(
    r"^[ \t]*(?:@\w[^\n]*\n[ \t]*)?(?:export |public |private |static |async |pub )*"
    r"(?:def|class|function|func|fn|struct|interface|impl|trait|enum|type)\b[^\n]*",
    re.MULTILINE,
)


def excerpt(path: str, text: str, wanted: Iterable[tuple[int, int]]) -> tuple[str, str]:
    """The text of the wanted lines (first and last, from 1), in brackets what is left out between them, and a note
    that says which lines these are."""
    whole = text.splitlines()
    spans = _joined(wanted, len(whole))
    parts: list[str] = []
    heads = list(_heads(path, text))
    for (_, before), (first, last) in zip([(0, 0), *spans], [*spans, (len(whole) + 1, 0)], strict=True):
        if first - before > 1:
            parts.append(_left_out(before + 1, first - 1, heads))
        parts += whole[first - 1 : last]
    note = "only lines " + ", ".join(f"{first}-{last}" for first, last in spans) + f" of {len(whole)}"
    return "\n".join(parts) + "\n", note


def _joined(wanted: Iterable[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for first, last in sorted((max(1, first), min(count, last)) for first, last in wanted):
        if spans and first - spans[-1][1] <= NEAR:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _left_out(first: int, last: int, heads: Sequence[tuple[int, str]]) -> str:
    inside = [head for line, head in heads if first <= line <= last]
    more = [f"and {len(inside) - NAMED} more"] if len(inside) > NAMED else []
    return "\n".join([f"[lines {first}-{last} are left out]", *(f"[{head}]" for head in [*inside[:NAMED], *more])])


def outlined(path: str, text: str) -> str:
    """Every definition with its lines, as they are nested; without line numbers where no grammar reads the file."""
    lines = [head for _, head in _heads(path, text)]
    return "\n".join(lines) if lines else outline(text)


def _heads(path: str, text: str) -> Iterator[tuple[int, str]]:
    facts = read_facts(path, text.encode("utf-8", "replace"))
    for one in facts.definitions if facts else ():
        if not one.head.startswith(one.name):  # a constant
            yield one.first, f"{one.first}-{one.last}: {'  ' * one.name.count('.')}{one.head}"


def outline(text: str) -> str:
    """The lines that define classes and functions, as they are indented."""
    return "\n".join(found[0].rstrip().rstrip("{:").rstrip() for found in _DEFINITION.finditer(text))
