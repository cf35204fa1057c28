"""Native tool calls and the text protocol say the same: nothing is lost on the way there and back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autogpt.edits import parse, parse_call
from autogpt.models.asks import parse_asks
from autogpt.models.base import Message
from autogpt.models.calls import EARLIER, Call, as_sent, taken_apart, tools_for, written

REPLACE = {"path": "src/a.py", "search": "    return a - b\n", "replace": "    return a + b\n"}


def call(name: str, /, **arguments: Any) -> Call:
    return Call(name, json.dumps(arguments))


def stripped(edit: Any) -> tuple[object, ...]:
    """All of an edit but the line ends at the end of its texts."""
    return type(edit), *(str(getattr(edit, one.name)).rstrip("\n") for one in fields(edit))


@pytest.mark.parametrize(
    "made",
    [
        call("edit_replace", **REPLACE),
        call("edit_replace", **REPLACE, scope="Cart.total"),
        call("edit_replace", path="a.py", search="x = 1", replace=""),
        call("edit_replace", path="a.md", search="=======\nTitle", replace="===========\nTitle"),
        call("edit_replace", path="a.md", search="a", replace="<<<<<<< SEARCH\nb\n=======\nc\n>>>>>>> REPLACE"),
        call("edit_symbol", path="a.py", symbol="Cart.total", text="def total(self):\n    return 1\n"),
        call("edit_file", path="README.md", text="# Run\n```sh\nmake\n```\n"),
        call("edit_file", path="a.md", text="````\n```edit file b.py\nx\n```\n````\n"),
        call("edit_file", path="empty/__init__.py", text=""),
        call("edit_file", path="a.txt", text="  1 | one\n  2 | two"),
        call("edit_diff", path="a.py", diff="@@ def f\n def f():\n-    return 1\n+    return 2\n"),
        call("edit_delete", path="old.py"),
        call("edit_rename", path="a.py", new="b/a.py"),
    ],
)
def test_a_call_is_written_as_an_edit_that_means_the_same(made: Call) -> None:
    """Also where the text holds fences or the marks of the protocol itself."""
    meant = parse_call({"name": made.name, "arguments": made.arguments})
    read = parse(written("Plan:\n1. Mend it", [made]))
    assert list(map(stripped, read.edits)) == list(map(stripped, meant.edits)) and not read.problems
    assert "1. Mend it" in read.prose


TEXT = st.text(st.sampled_from("ab \n`~<=>#1|\\\"'{}\tä"), max_size=40)


@given(TEXT.filter(str.strip), TEXT, TEXT)
def test_no_text_of_an_edit_is_lost(search: str, replace: str, prose: str) -> None:
    """Whatever the text, the block says what the call said, or is the call itself."""
    made = call("edit_replace", path="a.py", search=search, replace=replace)
    meant = parse_call({"name": made.name, "arguments": made.arguments})
    read = parse(written("", [made]))
    assert list(map(stripped, read.edits)) == list(map(stripped, meant.edits)) and not read.problems
    text = written(prose, [made])
    assert written(*taken_apart(text)) == text


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (call("read_file", path="src/a.py"), "read src/a.py"),
        (call("read_file", path="src/a b.py", first=10, last=80), "read src/a b.py 10-80"),
        (call("read_file", path="src/a.py", first=10), "read src/a.py 10"),
        (call("search_text", text="total price"), "search total price"),
        (call("find_symbol", name="Cart.total"), "symbol Cart.total"),
        (call("find_references", name="total"), "references total"),
        (call("list_files"), "list"),
        (call("list_files", folder="src"), "list src"),
        (call("run_test", test="tests/test_a.py::test_b[1 2]"), "test tests/test_a.py::test_b[1 2]"),
        (call("test_output", test="tests/test_a.py::test_b"), "output tests/test_a.py::test_b"),
    ],
)
def test_a_question_is_a_line_and_comes_back_as_the_call_it_was(made: Call, line: str) -> None:
    text = written("I must see more.", [made])
    assert [f"{ask.kind} {ask.about}".strip() for ask in parse_asks(text)] == [line]
    assert taken_apart(text) == ("I must see more.", (made,))


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (Call("edit_file", '{"path": "a.py", "text": "def'), "no JSON"),
        (call("edit_file", path="a.py"), "lacks `text`"),
        (call("bash", command="rm -rf /"), "`bash` is no action"),
        (Call("edit_delete", "[]"), "must be a JSON object"),
        (call("read_file"), "`read_file` is no action"),
        (Call("", ""), "no JSON"),
    ],
)
def test_a_call_that_cannot_be_understood_is_a_problem_and_never_passed_over(made: Call, problem: str) -> None:
    parsed = parse(written("", [call("edit_delete", path="b.py"), made]))
    assert problem in parsed.problems[0]


def test_the_one_argument_of_a_question_may_have_another_name() -> None:
    """Models mix up the names of what other agents call the same."""
    assert written("", [call("read_file", file_path="a.py")]) == "```ask\nread a.py\n```"


def test_every_tool_of_every_format_is_understood() -> None:
    """What is offered must be what is taken; each format offers its own way to edit."""
    for format, own in (("symbol", "edit_symbol"), ("replace", "edit_replace"), ("diff", "edit_diff")):
        tools = tools_for(format)  # type: ignore[arg-type]
        names = [tool["function"]["name"] for tool in tools]
        assert own in names and {"edit_file", "edit_delete", "edit_rename", "read_file", "run_test"} <= set(names)
        for tool in tools:
            function = tool["function"]
            wanted = function["parameters"]["required"]
            values = {name: "@@\n-a\n+b\n" if name == "diff" else "a.py" for name in wanted}
            text = written("", [call(function["name"], **values)])
            assert len(parse(text).edits) + len(parse_asks(text)) == 1


SYSTEM, TASK = Message("system", "Mend it."), Message("user", "The test fails.")


def test_what_came_as_calls_is_sent_as_calls_and_what_followed_as_their_result() -> None:
    """Templates and servers demand a result for every call, and no message of the user between."""
    asked = written("I look.", [call("read_file", path="a.py"), call("search_text", text="total")])
    mended = written("", [call("edit_replace", **REPLACE)])
    talk = [
        SYSTEM,
        TASK,
        Message("assistant", asked),
        Message("user", "`read a.py`:\n..."),
        Message("assistant", mended),
    ]
    sent = as_sent([*talk, Message("user", "It still fails.")])
    assert [one["role"] for one in sent] == ["system", "user", "assistant", "tool", "tool", "assistant", "tool"]
    assert sent[0]["content"].startswith("Mend it.\n\n# Tools")
    assert sent[2]["content"] == "I look." and sent[3]["content"] == EARLIER and sent[4]["content"].startswith("`read")
    ids = [one["id"] for message in sent for one in message.get("tool_calls", ())]
    assert [one["tool_call_id"] for one in sent if one["role"] == "tool"] == ids and len(set(ids)) == 3
    assert all(len(id) == 9 and id.isalnum() for id in ids)
    assert json.loads(sent[5]["tool_calls"][0]["function"]["arguments"]) == REPLACE
    assert as_sent([*talk, Message("user", "It still fails.")], as_json=False)[5]["tool_calls"][0]["function"] == {
        "name": "edit_replace",
        "arguments": REPLACE,
    }


def test_a_longer_conversation_begins_with_what_was_sent_before() -> None:
    """Byte for byte, since a server keeps what it has read by that."""
    talk = [SYSTEM, TASK, Message("assistant", written("", [call("list_files")])), Message("user", "a.py")]
    longer = [*talk, Message("assistant", "Plan:\n1. Think"), Message("user", "Send edits.")]
    assert as_sent(longer)[: len(as_sent(talk))] == as_sent(talk)


@pytest.mark.parametrize(
    "text",
    [
        "Plan:\n1. Mend\n\n```edit delete a.py\n```\nSummary: Remove a.py",
        "No edit at all.",
        "```ask\nread a.py\nread b.py",
        '```json\n{"name": "bash", "arguments": "{}"}\n```',
    ],
)
def test_what_a_model_wrote_by_itself_stays_as_it_wrote_it(text: str) -> None:
    assert taken_apart(text) == (text, ())
    assert as_sent([TASK, Message("assistant", text), TASK])[1] == {"role": "assistant", "content": text}
