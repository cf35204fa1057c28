"""Servers with native tool calls, without, and with odd ones: the same edits and questions come of all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autogpt.config import Settings, ToolCalls
from autogpt.edits import parse
from autogpt.edits.grammar import AnswerGrammar
from autogpt.errors import Stopped
from autogpt.events import ApproachChosen
from autogpt.models.base import Completion, Message
from autogpt.models.budget import Budget
from autogpt.models.calls import tools_for
from autogpt.models.chat import ChatProposer
from autogpt.models.endpoint import EndpointModel, Timing
from autogpt.models.memory import Memory
from autogpt.models.structured import from_json
from autogpt.result import Tokens
from autogpt.stop import Stop
from tests.models.server import Reply, called, calling, chunk, failed, said, serving
from tests.models.work import CALC, RIGHT, Round, changed, verdict

ASK = [Message("system", "Be brief."), Message("user", "Mend calc.py.")]
MEND = {"path": "calc.py", "search": "    return a - b", "replace": "    return a + b"}
FIXED = CALC.replace("a - b", "a + b")
QUICK = Timing(connect=2.0, idle=2.0, backoff=0.01, attempts=2)


def model(url: str, name: str = "tiny") -> EndpointModel:
    return EndpointModel(name, url, key="", timing=QUICK)


def ask(reply: Reply, n: int = 1) -> list[Completion]:
    with serving(reply) as server:
        asked = model(server.url)
        asked.tools = tools_for("replace")
        return asked.complete(ASK, n=n, max_tokens=500, stop=Stop())


def edits(text: str) -> list[tuple[str, str]]:
    parsed = parse(text)
    assert not parsed.problems
    return [(type(edit).__name__, edit.path) for edit in parsed.edits]


def test_calls_are_streamed_in_pieces_and_read_as_edits() -> None:
    with serving(called(("edit_replace", MEND), ("edit_delete", {"path": "old.py"}), text="Plan:\n1. Mend")) as server:
        asked = model(server.url)
        asked.tools = tools_for("replace")
        (completion,) = asked.complete(ASK, max_tokens=500, stop=Stop())
    assert edits(completion.text) == [("SearchReplace", "calc.py"), ("Delete", "old.py")]
    assert completion.text.startswith("Plan:\n1. Mend") and completion.tokens == Tokens(20, 9, 8)
    (request,) = server.requests
    assert {tool["function"]["name"] for tool in request["tools"]} >= {"edit_replace", "read_file"}
    assert "call them instead" in request["messages"][0]["content"].lower()


def test_several_candidates_each_have_their_own_calls() -> None:
    events = [
        calling(0, "edit_delete", '{"path": "b.py"}', "x", choice=1),
        calling(0, "edit_delete", '{"path": "a.py"}', "y", choice=0),
        chunk(None, 0, "tool_calls"),
        chunk(None, 1, "tool_calls"),
    ]
    assert [edits(one.text) for one in ask(Reply(events), n=2)] == [[("Delete", "a.py")], [("Delete", "b.py")]]


@pytest.mark.parametrize(
    "events",
    [
        [calling(0, "edit_delete", '{"path": "a.py"}', "x"), calling(0, "edit_delete", '{"path": "b.py"}', "y")],
        [calling(0, "edit_delete", {"path": "a.py"}), calling(1, "edit_delete", {"path": "b.py"})],
    ],
    ids=["the same index, other ids", "objects in place of JSON"],
)
def test_odd_forms_of_calls_are_understood(events: list[Any]) -> None:
    (completion,) = ask(Reply([*events, chunk(None, 0, "stop")]))
    assert edits(completion.text) == [("Delete", "a.py"), ("Delete", "b.py")]


def test_calls_in_an_answer_of_one_piece_are_read_too() -> None:
    function = {"name": "edit_delete", "arguments": '{"path": "a.py"}'}
    message = {"content": None, "tool_calls": [{"id": "x", "type": "function", "function": function}]}
    (completion,) = ask(Reply(body={"choices": [{"message": message, "finish_reason": "tool_calls"}]}))
    assert edits(completion.text) == [("Delete", "a.py")]


def test_a_call_that_was_cut_off_is_no_edit() -> None:
    half = [calling(0, "edit_file", '{"path": "a.py", "text": "def f', "x"), chunk(None, 0, "length")]
    (completion,) = ask(Reply(half))
    assert completion.truncated and not parse(completion.text).edits and parse(completion.text).problems


def test_a_stream_dropped_in_the_middle_of_a_call_is_asked_again() -> None:
    with serving(
        Reply([calling(0, "edit_delete", '{"pa', "x")], end="drop"), called(("edit_delete", {"path": "a"}))
    ) as server:
        asked = model(server.url)
        asked.tools = tools_for("replace")
        assert edits(asked.complete(ASK, max_tokens=99, stop=Stop())[0].text) == [("Delete", "a")]


def test_endless_arguments_are_cut() -> None:
    endless = Reply([calling(0, "edit_file", "x" * 1000, "x") for _ in range(50)], end="hang")
    with serving(endless) as server:
        asked = model(server.url)
        asked.tools = tools_for("replace")
        (completion,) = asked.complete(ASK, max_tokens=100, stop=Stop())
    assert completion.truncated


@pytest.mark.parametrize(
    "refusal",
    [
        failed(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        failed(400, "registry.ollama.ai/library/tiny:latest does not support tools"),
        failed(500, "tools param requires --jinja flag"),
        failed(404, "No endpoints found that support tool use."),
        failed(422, "Extra inputs are not permitted", param="tools"),
        failed(400, "Function calling is not enabled for this model"),
    ],
)
def test_a_server_that_refuses_tools_is_asked_in_text_from_then_on(refusal: Reply) -> None:
    with serving(refusal, said("good")) as server:
        asked = model(server.url)
        asked.tools = tools_for("replace")
        assert [asked.complete(ASK, max_tokens=99, stop=Stop())[0].text for _ in range(2)] == ["good", "good"]
    assert ["tools" in request for request in server.requests] == [True, False, False]
    assert server.requests[1]["messages"][0]["content"] == "Be brief." and not asked.can_call


# In a run


def work(tmp_path: Path, tool_calls: ToolCalls = "auto", *, remember: bool = False) -> Round:
    return Round(tmp_path, settings=Settings(tool_calls=tool_calls, remember=remember))


def test_a_round_by_calls_goes_on_with_their_results(tmp_path: Path) -> None:
    """The answer to a question and the outcome of a change are results of the calls that they are about."""
    at = work(tmp_path)
    with serving(
        called(("read_file", {"path": "README.md"})), called(("edit_replace", MEND), text="Plan:\n1. Mend"), said(RIGHT)
    ) as server:
        proposer = ChatProposer(model(server.url))
        (candidate,) = proposer.propose(at.brief, at.desk).candidates
        assert changed([candidate]) == [{"calc.py": FIXED}]
        at.tried(candidate, verdict())
        proposer.propose(at.brief, at.desk)
    roles = [[message["role"] for message in request["messages"]] for request in server.requests]
    assert roles[1] == ["system", "user", "assistant", "tool"]
    assert roles[2] == [*roles[1], "assistant", "tool"]
    answer, outcome = server.requests[2]["messages"][3], server.requests[2]["messages"][5]
    assert "# Calc" in answer["content"] and "test_add" in outcome["content"]
    assert server.requests[2]["messages"][:4] == server.requests[1]["messages"]
    begun = next(event for event in at.events if isinstance(event, ApproachChosen))
    assert begun.description.endswith("by tool calls")


@pytest.mark.parametrize(
    ("name", "setting", "expected"), [("coder-7b", "auto", False), ("coder-7b", "yes", True), ("big", "no", False)]
)
def test_small_models_are_asked_in_text_and_a_setting_decides_for_any(
    tmp_path: Path, name: str, setting: ToolCalls, expected: bool
) -> None:
    """Code in JSON costs a small model more than it is worth."""
    at = work(tmp_path, setting)
    with serving(said(RIGHT)) as server:
        assert ChatProposer(model(server.url, name)).propose(at.brief, at.desk).candidates
    assert ("tools" in server.requests[0]) == expected


def test_after_an_answer_that_cannot_be_read_the_schema_holds_and_no_tools(tmp_path: Path) -> None:
    """A server with neither grammars nor tools that work has this left; refused in its turn, plain text is."""
    at = work(tmp_path)
    answer = {"plan": ["Mend"], "questions": [], "edits": [{"action": "replace", **MEND, "scope": ""}], "line": ""}
    with serving(said("I am sorry."), said(json.dumps({**answer, "summary": "Add"}))) as server:
        (candidate,) = ChatProposer(model(server.url)).propose(at.brief, at.desk).candidates
    assert changed([candidate]) == [{"calc.py": FIXED}] and candidate.summary == "Add"
    first, second = server.requests
    assert "tools" in first and "response_format" not in first and "tools" not in second
    schema = second["response_format"]["json_schema"]["schema"]
    assert second["response_format"]["json_schema"]["strict"] and "calc.py" in schema["$defs"]["path"]["enum"]
    assert "one JSON object" in second["messages"][-1]["content"].rpartition("Give up")[2]


def test_a_server_that_refuses_the_schema_is_asked_without_and_it_is_remembered() -> None:
    words = "'response_format.type' must be 'text'"
    with serving(failed(400, words), said("good")) as server:
        asked = model(server.url)
        asked.grammar = AnswerGrammar("replace", "```", ["calc.py"], {}.get)
        assert [asked.complete(ASK, max_tokens=99, stop=Stop())[0].text for _ in range(2)] == ["good", "good"]
    assert ["response_format" in request for request in server.requests] == [True, False, False]
    assert "JSON" in server.requests[0]["messages"][-1]["content"]
    assert server.requests[1]["messages"][-1]["content"] == "Mend calc.py."


def test_a_grammar_that_is_refused_gives_way_to_the_schema() -> None:
    listed = {"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": "vllm"}]}
    with serving(failed(400, "Invalid EBNF: line 3"), said("good"), models=listed) as server:
        asked = model(server.url)
        asked.grammar = AnswerGrammar("file", "```", [], {}.get)
        asked.complete(ASK, stop=Stop())
    sent = [{"structured_outputs", "response_format"} & request.keys() for request in server.requests]
    assert sent == [{"structured_outputs"}, {"response_format"}]


def test_tools_count_for_the_limit_of_tokens(tmp_path: Path) -> None:
    """A limit that was kept without them would be passed by some hundred tokens with every request."""
    with serving(said(RIGHT)) as server:
        asked, budget = model(server.url), Budget(max_tokens=1000)
        assert budget.answer_tokens(asked, ASK, 1) > 500
        asked.tools = tools_for("replace")
        with pytest.raises(Stopped, match="could pass the limit of 1000 tokens"):
            budget.answer_tokens(asked, ASK, 1)


def test_a_refusal_of_tools_is_told_and_counts_against_them_in_the_next_run(tmp_path: Path) -> None:
    at = work(tmp_path, remember=True)
    with serving(failed(400, "tools are not supported"), said(RIGHT)) as server:
        ChatProposer(model(server.url)).propose(at.brief, at.desk)
    assert "takes no tool calls here" in at.notes()
    memory = Memory.load(tmp_path)
    assert memory.counted("tiny", "calls") == (0, 1) and memory.counted("tiny", "text") == (1, 1)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"questions": ["read a.py 1-9", "list"]}, "```ask\nread a.py 1-9\nlist\n```"),
        ({"line": "Give up: it cannot be done", "edits": []}, "Give up: it cannot be done"),
        (
            {"plan": ["1. Look", "Mend"], "edits": [], "line": "Done.", "summary": ""},
            "Plan:\n1. Look\n2. Mend\n\nDone.",
        ),
    ],
)
def test_an_answer_by_the_schema_is_read_as_text(answer: dict[str, Any], text: str) -> None:
    assert from_json(json.dumps(answer)) == text


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"a": 1}', "Plan:", '{"edits": [', "null"])
def test_what_is_no_such_answer_stays_as_it_is(text: str) -> None:
    assert from_json(text) == text


@pytest.mark.parametrize("answer", [{"edits": ["x"]}, {"edits": [{"action": "sing", "path": "a"}]}])
def test_an_edit_that_the_schema_should_have_prevented_is_a_problem(answer: dict[str, Any]) -> None:
    """Servers that take a schema and do not hold to it are common."""
    assert parse(from_json(json.dumps(answer))).problems
