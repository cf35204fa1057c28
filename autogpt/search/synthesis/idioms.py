"""Loops that programmers know by heart, as templates in `idioms.txt`: a cost, then lines over `$items`, `$item` …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Template

Body = tuple[float, tuple[str, ...]]
"""Cost, and lines with their own indentation by four spaces."""


@cache
def _tables() -> dict[str, list[tuple[float, Template]]]:
    """Costs and templates by the name of their section."""
    found: dict[str, list[tuple[float, Template]]] = {}
    text = Path(__file__).with_name("idioms.txt").read_text("utf-8")
    for section in text.split("## ")[1:]:
        name, _, rest = section.partition("\n")
        for block in rest.strip().split("\n\n"):
            head, _, lines = block.partition("\n")
            found.setdefault(name.strip(), []).append((float(head.lstrip("# ")), Template(lines)))
    return found


def filled(section: str, names: Mapping[str, str]) -> Iterator[Body]:
    """The bodies of a section with names put in."""
    for cost, template in _tables()[section]:
        yield cost, tuple(template.substitute(names).splitlines())
