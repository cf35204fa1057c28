"""What holds for every edit, on real files and on awkward ones: it parses, it stays in its span, it comes once."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autogpt.search.edit import Edit, apply_edit
from autogpt.search.space import Source, edits

FILES = ("iniconfig", "pluggy._result", "click._textwrap", "hypothesis.errors")

AWKWARD = {
    "tuples without parentheses": (
        "def f(a, b, T):\n    x: dict[[str], T] = {}\n    y = (a), (b)\n    return x[[a], b], y, [a], {b}\n"
    ),
    "tabs": ("def f(a):\n\tif a:\n\t\treturn [\n\t\t\ta,\n\t\t\t1,\n\t\t]\n\telse:\n\t\treturn None\n"),
    "crlf": ("def f(a):\r\n    for b in a:\r\n        if b > 1:\r\n            break\r\n    return b\r\n"),
    "no final newline": ("def f(a):\n    if a:\n        return 1\n    return a.strip()"),
    "one line": ("def f(a): return a + 1\nclass A: x = 1; y = 2\nif True: z = f(1); print(z)\n"),
    "letters beyond ascii": ('def größe(ä, ö="ü"):\n    # – note\n    return f"{ä} – {ö}" if ä < ö else "é" + ä[1:]\n'),
    "comments between": ("def f(a, b):\n    x = (a  # first\n         + b)  # second\n    return x  # done\n"),
    "long strings": ('def f(a):\n    if a:\n        x = """one\n  two\n"""\n        return x\n    return a\n'),
    "async": (
        "async def f(a):\n"
        "    async with a as b:\n"
        "        async for c in b:\n"
        "            await c()\n"
        "    return [d async for d in a]\n"
    ),
    "match": (
        "def f(a):\n"
        "    match a:\n"
        "        case [x, y] if x > y:\n"
        "            return x\n"
        "        case _:\n"
        "            return None\n"
    ),
    "lambdas": ("f = lambda x, y=1: x if x > y else y\ng = sorted([1], key=lambda p: p[0] - 1)\n"),
    "try": (
        "def f(a):\n"
        "    try:\n"
        "        return a[0]\n"
        "    except (KeyError, IndexError) as e:\n"
        "        raise ValueError(str(e)) from e\n"
        "    finally:\n"
        "        a.close()\n"
    ),
    "elif": (
        "def f(a):\n"
        "    if a == 1:\n"
        "        return 1\n"
        "    elif a == 2:\n"
        "        return 2\n"
        "    else:\n"
        "        a += 1\n"
        "    return a\n"
    ),
    "generators": (
        "def f(a, *b, **c):\n    yield from (x * 2 for x in a if x)\n    return sum(y for y in b), {**c}, [*b]\n"
    ),
    "decorators": (
        "class A:\n"
        "    @property\n"
        "    def b(self):\n"
        "        return self._b\n"
        "\n"
        "    @staticmethod\n"
        "    def c(x, *, y=None):\n"
        "        global G\n"
        "        del x[0]\n"
        "        assert y, 'no'\n"
        "        return x\n"
    ),
}


def edits_of(text: str) -> list[Edit]:
    return list(edits(Source("m.py", text)))


def is_valid(text: str) -> bool:
    try:
        compile(text, "m.py", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def text_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    with Path(spec.origin).open(encoding="utf-8", newline="") as file:
        return file.read()


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_edits_of_awkward_layouts_parse(text: str) -> None:
    """Hardly any may fail: a candidate that does not parse costs a try."""
    found = edits_of(text)
    broken = [edit for edit in found if not is_valid(apply_edit(edit, {"m.py": text})["m.py"])]

    assert len(found) > 20
    assert len(broken) <= len(found) / 100, broken[:5]


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_no_two_edits_have_the_same_result(text: str) -> None:
    """Each try is worth something only if it is a new program."""
    results = [apply_edit(edit, {"m.py": text})["m.py"] for edit in edits_of(text)]

    assert len(results) == len(set(results)) and text not in results


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("module", FILES)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=60)
def test_an_edit_of_a_real_file_parses_and_leaves_the_rest_alone(module: str, share: float) -> None:
    text = text_of(module)
    if module not in KEPT:
        KEPT[module] = edits_of(text)
    edit = KEPT[module][int(share * len(KEPT[module]))]

    new = apply_edit(edit, {"m.py": text})["m.py"]

    assert new.startswith(text[: edit.start]) and new.endswith(text[edit.end :])
    assert is_valid(new), (edit, text[edit.start : edit.end])


KEPT: dict[str, list[Edit]] = {}


@pytest.mark.parametrize("module", FILES)
def test_line_and_span_of_an_edit_are_of_the_same_statement(module: str) -> None:
    """The line is what localisation knows, so it must be one that the edit's statement has."""
    text = text_of(module)
    tree = ast.parse(text)
    last = max(node.end_lineno or 0 for node in ast.walk(tree) if isinstance(node, ast.stmt))

    for edit in edits_of(text):
        assert 1 <= edit.line <= last and 0 <= edit.start <= edit.end <= len(text)
