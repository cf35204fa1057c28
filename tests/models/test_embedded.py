"""Calls in the text of an answer, in the forms in which models write them, become the edits and questions they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.edits import SearchReplace, parse
from autogpt.models.asks import Ask, parse_asks
from autogpt.models.base import Message
from autogpt.models.calls import tools_for, written
from autogpt.models.embedded import unwrapped
from autogpt.models.hf import HFModel
from autogpt.stop import Stop
from tests.models import tiny
from tests.models.test_calls import REPLACE, call

JSON = '{"name": "edit_replace", "arguments": {"path": "a.py", "search": "x = 1", "replace": "x = 2"}}'
XML = (
    "<function=edit_replace>\n<parameter=path>\na.py\n</parameter>\n<parameter=search>\nx = 1\n</parameter>\n"
    "<parameter=replace>\nx = 2\n</parameter>\n</function>"
)


@pytest.mark.parametrize(
    "text",
    [
        f"Plan:\n1. Mend\n<tool_call>\n{JSON}\n</tool_call>",
        f"<tool_call>\n{XML}\n</tool_call>",
        f"<tool_call>{JSON}",
        JSON,
        f"[TOOL_CALLS][{JSON}]",
        JSON.replace("arguments", "parameters"),
        f"<|python_tag|>{JSON}",
    ],
)
def test_a_call_in_any_usual_form_is_an_edit(text: str) -> None:
    (edit,) = parse(unwrapped(text)).edits
    assert isinstance(edit, SearchReplace) and (edit.path, edit.search.strip()) == ("a.py", "x = 1")


def test_a_question_with_numbers_in_tags_is_one() -> None:
    text = "<tool_call><function=read_file><parameter=path>a.py</parameter><parameter=first>3</parameter></function>"
    assert parse_asks(unwrapped(text)) == (Ask("read", "a.py 3"),)


def test_several_calls_are_one_answer() -> None:
    text = unwrapped(f"<tool_call>\n{JSON}\n</tool_call>\n<tool_call>\n{XML}\n</tool_call>")
    assert len(parse(text).edits) == 2


@pytest.mark.parametrize("body", ["{'name': ", '{"name": "sing", "arguments": {}}', "edit_file", '{"a": 1}', ""])
def test_a_call_that_cannot_be_read_is_told_to_the_model(body: str) -> None:
    assert parse(unwrapped(f"<tool_call>{body}</tool_call>")).problems


@pytest.mark.parametrize(
    "text",
    [
        "I would call <tool_call> here.",
        f"```edit file parser.py\n<tool_call>\n{JSON}\n</tool_call>\n```",
        '{"a": 1}',
        "[]",
        "[1]",
        "Done.",
    ],
)
def test_what_is_no_call_stays_as_it_is(text: str) -> None:
    """Also text of a project that is itself about calls."""
    assert unwrapped(text) == text


TOOLS = (
    "{% if tools %}{% for t in tools %}{{ t['function']['name'] }} {% endfor %}{% endif %}"
    "{% for m in messages %}<|{{ m['role'] if m['role'] != 'tool' else 'user' }}|>\n{{ m['content'] }}"
    "{% for c in m.tool_calls or [] %}[{{ c.function.name }} {{ c.function.arguments.path }}]{% endfor %}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
TALK = [
    Message("system", "Be brief."),
    Message("user", "Mend a.py."),
    Message("assistant", written("", [call("edit_replace", **REPLACE)])),
    Message("user", "It fails."),
]


def length(model: HFModel) -> int:
    return model.complete(TALK, max_tokens=2, stop=Stop())[0].tokens.prompt


def test_a_template_with_tools_is_given_them_and_the_calls_of_the_conversation(tmp_path: Path) -> None:
    folder = tiny.save(tmp_path / "m", template=TOOLS, max_position_embeddings=4096)
    free = HFModel(f"{folder}?guided=no")
    assert free.can_call
    plain = length(free)
    free.tools = tools_for("replace")
    names = "".join(f"{tool['function']['name']} " for tool in free.tools)
    called = length(free)
    assert called != plain
    free.tools = free.tools[:1]
    assert called - length(free) == len(names) - len(f"{free.tools[0]['function']['name']} ")


@pytest.mark.parametrize(("template", "options"), [(tiny.TEMPLATE, "?guided=no"), (TOOLS, ""), (None, "?guided=no")])
def test_tools_are_not_offered_where_no_call_could_come(tmp_path: Path, template: str | None, options: str) -> None:
    """Not by a template that leaves them out, nor to a model that is held to the grammar of edits."""
    folder = tiny.save(tmp_path / "m", template=template, max_position_embeddings=4096)
    model = HFModel(f"{folder}{options}")
    before = length(model)
    model.tools = tools_for("replace")
    assert not model.can_call and length(model) == before


def test_a_template_that_raises_over_tools_is_used_without(tmp_path: Path) -> None:
    strict = "{% if tools %}{{ raise_exception('no tools') }}{% endif %}" + tiny.TEMPLATE
    folder = tiny.save(tmp_path / "m", template=strict, max_position_embeddings=4096)
    model = HFModel(f"{folder}?guided=no")
    before = length(model)
    model.tools = tools_for("replace")
    assert length(model) == before
