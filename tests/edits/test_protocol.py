"""Answers of chat models as they come: the protocol, its usual slips, and what must be called a problem."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autogpt.edits import (
    FORMATS,
    TOOLS,
    Delete,
    Edit,
    Hunk,
    Rename,
    SearchReplace,
    SymbolEdit,
    UnifiedDiff,
    WholeFile,
    fence_for,
    instructions,
    parse,
    parse_call,
)

SWAP = SearchReplace("a.py", "x\n", "y\n")
FIELDS = {"path": "a.py", "search": "x\n", "replace": "y\n"}
PAIR = "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE"


@pytest.mark.parametrize(
    ("answer", "edit"),
    [
        (f"```edit replace a.py\n{PAIR}\n```", SWAP),
        (f"```edit replace a.py in C.f\n{PAIR}\n```", SearchReplace("a.py", "x\n", "y\n", "C.f")),
        (f"```edit replace a.py::C.f\n{PAIR}\n```", SearchReplace("a.py", "x\n", "y\n", "C.f")),
        ("```edit symbol a.py::C.f\ndef f(): pass\n```", SymbolEdit("a.py", "C.f", "def f(): pass\n")),
        ("```edit file a.py\nx = 1\n```", WholeFile("a.py", "x = 1\n")),
        ("```edit delete a.py\n```", Delete("a.py")),
        ("```edit rename a.py -> b/c.py\n```", Rename("a.py", "b/c.py")),
        ("```edit diff a.py\n@@ -1 +1 @@\n-x\n+y\n```", UnifiedDiff("a.py", (Hunk("x\n", "y\n"),))),
    ],
)
def test_each_action_of_the_protocol_is_read(answer: str, edit: Edit) -> None:
    assert parse(answer).edits == (edit,) and not parse(answer).problems


@pytest.mark.parametrize(
    "answer",
    [
        f"Sure! Here it is:\n\n```edit replace a.py\n{PAIR}\n```\nThat should do.",
        f"```edit replace ./a.py\n{PAIR}\n```".replace("\n", "\r\n"),
        f"```\nedit replace a.py\n{PAIR}\n```",
        f"```python\nedit replace `a.py`\n{PAIR}\n```",
        f"**a.py**\n```python\n{PAIR}\n```",
        f"### `a.py`:\n\n```\n{PAIR}\n```",
        f"File: a.py\n```\n{PAIR}\n```",
        f"```python a.py\n{PAIR}\n```",
        f"```python:a.py\n{PAIR}\n```",
        f"a.py\n{PAIR}\n",
        f"1. a.py\n   ```python\n{PAIR}\n   ```",
        f"~~~edit replace a.py\n{PAIR}\n~~~",
        f"````edit replace a.py\n{PAIR}\n````",
        f"```edit replace a.py\n{PAIR.replace('<<<<<<< SEARCH', '<<<<<< SEARCH')}\n```",
        '{"edits": [{"action": "replace", "path": "a.py", "search": "x\\n", "replace": "y\\n"}]}',
        '```json\n{"edits": [{"action": "replace", "path": "a.py", "search": "x\\n", "replace": "y\\n"}]}\n```',
        json.dumps([{"name": "edit_replace", "arguments": json.dumps(FIELDS)}]),
    ],
)  # fmt: skip
def test_usual_slips_do_not_change_what_is_meant(answer: str) -> None:
    """Each of these was seen from some model; asking again would cost a whole answer."""
    parsed = parse(answer)

    assert parsed.edits == (SWAP,) and not parsed.problems


@pytest.mark.parametrize(
    "path",
    [
        ".github/labels.yml",
        "_private.py",
        "src/[id].tsx",
        "2024.py",
        "a-b/c_d.py",
        "x (1).txt",
        "café/naïve.py",
        "Makefile",
    ],
)
def test_the_characters_of_a_path_are_not_taken_for_decoration(path: str) -> None:
    """`.gitignore` read as `gitignore` would be a new file in place of a change."""
    for header in (f"edit file {path}", f"edit file `{path}`", f"edit file ./{path}"):
        assert parse(f"```{header}\nx\n```").edits == (WholeFile(path, "x\n"),)


def test_drafts_in_what_a_model_thinks_are_no_edits() -> None:
    draft = f"<think>\nMaybe\n```edit replace a.py\n{PAIR.replace('y', 'draft')}\n```\n</think>\n"

    assert parse(f"{draft}```edit replace a.py\n{PAIR}\n```").edits == (SWAP,)


def test_edits_wrapped_in_one_more_fence_are_read() -> None:
    assert parse(f"```markdown\n```edit replace a.py\n{PAIR}\n```\n```\n").edits == (SWAP,)


def test_line_numbers_copied_from_a_listing_are_taken_off() -> None:
    answer = (
        "```edit replace a.py\n<<<<<<< SEARCH\n  9 | a\n 10 |   b\n=======\n  9 | a\n 10 |   c\n>>>>>>> REPLACE\n```"
    )

    assert parse(answer).edits == (SearchReplace("a.py", "a\n  b\n", "a\n  c\n"),)


def test_text_that_only_looks_numbered_is_kept() -> None:
    """A Markdown table or a list of codes may begin with numbers that do not count up."""
    answer = "```edit file a.md\n1 | a\n3 | b\n```"

    assert parse(answer).edits == (WholeFile("a.md", "1 | a\n3 | b\n"),)


def test_a_fence_inside_a_file_does_not_end_it() -> None:
    answer = "```edit file README.md\n# Use\n```bash\nls\n```\nEnd\n```\n"

    assert parse(answer).edits == (WholeFile("README.md", "# Use\n```bash\nls\n```\nEnd\n"),)


def test_a_fence_inside_search_does_not_end_it() -> None:
    pair = PAIR.replace("x", "```").replace("y", "~~~")

    assert parse(f"```edit replace a.md\n{pair}\n```").edits == (SearchReplace("a.md", "```\n", "~~~\n"),)


def test_several_pairs_and_blocks_come_in_order() -> None:
    answer = f"```edit replace a.py\n{PAIR}\n{PAIR.replace('x', 'u')}\n```\n\nand\n\n```edit delete b.py\n```"

    assert parse(answer).edits == (SWAP, SearchReplace("a.py", "u\n", "y\n"), Delete("b.py"))


def test_a_diff_of_several_files_creates_deletes_and_renames() -> None:
    answer = """```diff
--- a/x.py
+++ b/x.py
@@ -1,2 +1,2 @@
 a
-b
+c
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+n
--- a/old.py
+++ /dev/null
@@ -1 +0,0 @@
-o
```"""
    assert parse(answer).edits == (
        UnifiedDiff("x.py", (Hunk("a\nb\n", "a\nc\n"),)),
        WholeFile("new.py", "n\n"),
        Delete("old.py"),
    )


@pytest.mark.parametrize(
    "answer",
    [
        "```edit file a.py\nx = 1\n",
        "```edit replace a.py\n<<<<<<< SEARCH\nx\n=======\ny\n",
        "```edit replace a.py\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n```",
        "```edit replace a.py\njust code\n```",
        "```edit symbol a.py\ndef f(): pass\n```",
        "```edit rename a.py\n```",
        "```\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```",
        "```edit replace a.rst\n<<<<<<< SEARCH\nT\n=======\n=======\nU\n=======\n>>>>>>> REPLACE\n```",
        '{"edits": [{"action": "replace", "path": "a.py", "search": "x',
        '{"edits": [{"action": "replace", "path": "a.py"}]}',
        '{"edits": [{"action": "explode", "path": "a.py"}]}',
        "```edit diff a.py\nno hunks here\n```",
    ],
)
def test_what_can_not_be_read_is_a_problem_and_no_edit(answer: str) -> None:
    """A cut-off or half an edit must stop the whole reply, or the rest is applied without it."""
    parsed = parse(answer)

    assert parsed.problems and not parsed.edits


@pytest.mark.parametrize(
    "answer",
    [
        "I would change the loop in `a.py` so that it ends.",
        "Run it:\n```bash\npython a.py\n```",
        "The function is\n```python\ndef f(): ...\n```\nand it is wrong.",
        "In a.py we see this:\n```python\nx = 1\n```",
        "",
        '{"answer": 42}',
        "[1, 2]",
    ],
)
def test_prose_and_quoted_code_are_no_edits(answer: str) -> None:
    parsed = parse(answer)

    assert not parsed.edits and not parsed.problems


@given(st.text(st.sampled_from('`~<>=@-+ \n:./aedit symbol replace file diff{}[]"SEARCHREPLACE'), max_size=200))
def test_no_answer_makes_the_parser_raise(answer: str) -> None:
    parse(answer)


@pytest.mark.parametrize("format", FORMATS)
def test_the_examples_in_the_instructions_are_valid_edits(format: str) -> None:
    """What the model is shown must be what the parser takes, with any fence."""
    for fence in ("```", "`````"):
        parsed = parse(instructions(format, fence))  # type: ignore[arg-type]

        assert parsed.edits and not parsed.problems


def test_every_tool_is_understood() -> None:
    for tool in TOOLS:
        function = tool["function"]
        arguments = dict.fromkeys(function["parameters"]["required"], "a.py") | {"diff": "@@\n-a\n+b\n"}

        parsed = parse_call({"function": {"name": function["name"], "arguments": arguments}})

        assert len(parsed.edits) == 1 and not parsed.problems


def test_a_fence_is_longer_than_any_in_the_files() -> None:
    assert fence_for(["x", "a\n```py\n"]) == "````" and fence_for([]) == "```"
