"""The grammar for servers holds every rule that it uses, and no other; a real engine has read it (docs/models.md)."""

from __future__ import annotations

import re

import pytest

from autogpt.edits.gbnf import MOST_PATHS, gbnf
from autogpt.edits.teaching import FORMATS, Format


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("paths", [[], ["a.py"], [f"m{n}.py" for n in range(MOST_PATHS + 1)]])
def test_every_rule_is_defined_and_used(format: Format, paths: list[str]) -> None:
    """Engines refuse a grammar with a name that is not defined, and the whole request with it."""
    bodies = dict(line.split(" ::= ") for line in gbnf(format, "```", paths).splitlines())
    bare = {name: re.sub(r'"(?:[^"\\]|\\.)*"|\[[^]]*\]', "", body) for name, body in bodies.items()}
    used = {word for body in bare.values() for word in re.findall(r"[a-z]+", body)}
    assert used == bodies.keys() - {"root"}


def test_paths_are_quoted_and_the_fence_is_the_one_of_the_prompt() -> None:
    text = gbnf("replace", "````", ['a "b".py', "c\\d.py"])
    assert 'path ::= "a \\"b\\".py" | "c\\\\d.py"' in text and 'close ::= "````"' in text


def test_a_large_project_lists_no_paths() -> None:
    assert "path ::= new" in gbnf("file", "```", [f"m{n}.py" for n in range(MOST_PATHS + 1)])
