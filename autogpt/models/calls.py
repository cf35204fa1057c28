"""Native tool calls as the text protocol and back: a conversation knows one protocol, whatever a server can do.

A call is written as the block or question it stands for, so that journal, reading and resuming need nothing else. When
the conversation is sent again, text that was written from calls becomes calls again, and what followed their results.
That is a function of the text alone: what was sent stays the same to the byte, and in the server's cache. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from autogpt.edits import (
    TOOLS,
    Delete,
    Edit,
    Format,
    Rename,
    SearchReplace,
    SymbolEdit,
    WholeFile,
    fence_for,
    parse,
    parse_call,
)
from autogpt.models.asks import Ask, parse_asks, without_asks
from autogpt.models.base import Message
from autogpt.models.prompts import prompt

Tool = dict[str, Any]
"""A function as OpenAI-compatible servers take it."""
EARLIER = "The result is with the last call."
"""Said to all calls of an answer but the last."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a model made it; `arguments` is JSON, if the model wrote any."""

    name: str
    arguments: str


def _question(name: str, description: str, /, **properties: str) -> Tool:
    fields_ = {
        key: {"type": "integer" if key in _LINES else "string", "description": properties[key]} for key in properties
    }
    required = [key for key in properties if key not in (*_LINES, "folder")]
    parameters = {"type": "object", "properties": fields_, "required": required, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_LINES = ("first", "last")
_KINDS: Mapping[str, tuple[str, str]] = {
    "read_file": ("read", "path"),
    "search_text": ("search", "text"),
    "find_symbol": ("symbol", "name"),
    "find_references": ("references", "name"),
    "list_files": ("list", "folder"),
    "run_test": ("test", "test"),
    "test_output": ("output", "test"),
}
"""The question that a call asks, and the argument it is about."""
_QUESTIONS = (
    _question(
        "read_file",
        "Show a file, or some of its lines.",
        path="Path relative to the workspace, with /",
        first="First line, from 1",
        last="Last line",
    ),
    _question("search_text", "Find text or a regular expression in the project.", text="What to find"),
    _question("find_symbol", "Show the definition of a name.", name="A name, like Cart.total"),
    _question("find_references", "Show where a name is used.", name="A name, like Cart.total"),
    _question("list_files", "Show the files below a folder.", folder="Path; left out: the whole project"),
    _question("run_test", "Run one test on the project as it is now.", test="The id of the test"),
    _question("test_output", "Show all that a test printed in its last run.", test="The id of the test"),
)
_ACTIONS: Mapping[type[Edit], str] = {
    SymbolEdit: "edit_symbol",
    SearchReplace: "edit_replace",
    WholeFile: "edit_file",
    Delete: "edit_delete",
    Rename: "edit_rename",
}


def tools_for(format: Format) -> tuple[Tool, ...]:
    """What a model may call when it is asked for edits in this format."""
    own = ("symbol", "replace") if format == "symbol" else (format,)
    names = {f"edit_{action}" for action in (*own, "file", "delete", "rename")}
    return (*(tool for tool in TOOLS if tool["function"]["name"] in names), *_QUESTIONS)


def written(content: str, calls: Sequence[Call]) -> str:
    """An answer with calls in the text protocol: its text, a block for each edit, its questions.

    A call that cannot be understood becomes a block that cannot be read, so that the model is told.
    """
    blocks: list[str] = []
    asks: list[str] = []
    for call in calls:
        line = _line(call)
        if line:
            asks.append(line)
        else:
            blocks.append(_block(call))
    if asks:
        blocks.append("\n".join(["```ask", *asks, "```"]))
    return "\n\n".join(part for part in (content.strip(), *blocks) if part)


def as_sent(messages: Sequence[Message], *, as_json: bool = True) -> list[dict[str, Any]]:
    """A conversation with tools: answers that came as calls are calls again, what was said to them their results.

    Arguments are JSON for servers, and objects for chat templates (`as_json` false).
    """
    sent: list[dict[str, Any]] = []
    waiting: list[str] = []
    for place, message in enumerate(messages):
        content = message.content
        if waiting:
            sent += [_result(id, EARLIER) for id in waiting[:-1]]
            sent.append(_result(waiting.pop(), content))
            waiting.clear()
            continue
        has_result = place + 1 < len(messages) and messages[place + 1].role == "user"
        said, calls = taken_apart(content) if message.role == "assistant" and has_result else (content, ())
        given: dict[str, Any] = {"role": message.role, "content": said}
        if calls:
            waiting = [f"call{place:03d}{number:02d}" for number in range(len(calls))]  # nine letters, as Mistral wants
            given["tool_calls"] = [_native(call, id, as_json=as_json) for call, id in zip(calls, waiting, strict=True)]
        elif message.role == "system":
            given["content"] = f"{content.rstrip()}\n\n{prompt('tools')}"
        sent.append(given)
    return sent


def taken_apart(text: str) -> tuple[str, tuple[Call, ...]]:
    """The inverse of `written`; no calls for any text that it would not have written."""
    parsed = parse(without_asks(text))
    if parsed.problems or not all(type(edit) in _ACTIONS for edit in parsed.edits):
        return text, ()
    calls = (*map(_call, parsed.edits), *map(_asking, parse_asks(text)))
    return (parsed.prose, calls) if calls and written(parsed.prose, calls) == text.strip() else (text, ())


def without_system(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some templates refuse a system message; its text then goes before the first of the user."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return list(messages)
    first = {"role": "user", "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
    return [first, *messages[2:]]


def _native(call: Call, id: str, *, as_json: bool) -> dict[str, Any]:
    arguments = call.arguments if as_json else json.loads(call.arguments)
    return {"id": id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _result(id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content}


def _line(call: Call) -> str:
    """The line of an `ask` block for a call that asks, "" for any other."""
    kind, key = _KINDS.get(call.name, ("", ""))
    given = _arguments(call)
    if not kind or given is None:
        return ""
    texts = [value for value in given.values() if isinstance(value, str)]
    about = str(given.get(key) or (texts[0] if len(texts) == 1 else "")).strip()  # under whatever name it was given
    if kind == "read" and isinstance(given.get("first"), int):
        last = given.get("last")
        about += f" {given['first']}-{last}" if isinstance(last, int) else f" {given['first']}"
    line = f"{kind} {about}".strip()
    return line if (about or kind == "list") and "\n" not in line else ""


def _asking(ask: Ask) -> Call:
    name, key = next((name, key) for name, (kind, key) in _KINDS.items() if kind == ask.kind)
    given: dict[str, Any] = {key: ask.about} if ask.about else {}
    path, _, lines = ask.about.rpartition(" ")
    first, _, last = lines.partition("-")
    if ask.kind == "read" and path and first.isdecimal() and (last.isdecimal() or not last):
        given = {"path": path, "first": int(first), **({"last": int(last)} if last else {})}
    return _made(name, given)


def _block(call: Call) -> str:
    """The block of an edit, or the call itself where that would not mean the same."""
    meant = parse_call({"name": call.name, "arguments": call.arguments})
    given = _arguments(call) or {}
    texts = [value for value in given.values() if isinstance(value, str)]
    fence = fence_for(texts)
    if len(meant.edits) == 1 and not meant.problems:
        head, body = _spelt(meant.edits[0], texts)
        block = "\n".join([f"{fence}edit {head}", *body, fence])
        if _plain(parse(block).edits) == _plain(meant.edits):
            return block
    return f"{fence}json\n{json.dumps({'name': call.name, 'arguments': call.arguments}, ensure_ascii=False)}\n{fence}"


def _spelt(edit: Edit, texts: Sequence[str]) -> tuple[str, list[str]]:
    """Header and body lines of an edit."""
    match edit:
        case SymbolEdit(path, symbol, text):
            return f"symbol {path}::{symbol}", _split(text)
        case SearchReplace(path, search, replace, scope):
            mark = max([6, *map(len, _runs(texts))]) + 1
            header = f"replace {path} in {scope}" if scope else f"replace {path}"
            return header, [
                f"{'<' * mark} SEARCH",
                *_split(search),
                "=" * mark,
                *_split(replace),
                f"{'>' * mark} REPLACE",
            ]
        case WholeFile(path, text):
            return f"file {path}", _split(text)
        case Delete(path):
            return f"delete {path}", []
        case Rename(path, new):
            return f"rename {path} -> {new}", []
        case _:
            return f"diff {edit.path}", _split(texts[-1])


def _runs(texts: Sequence[str]) -> list[str]:
    """Lines that could be taken for the marks of SEARCH and REPLACE."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return [line for line in lines if len(line) > 4 and not line.strip("<=>")]


def _split(text: str) -> list[str]:
    text = text.replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _call(edit: Edit) -> Call:
    given = {one.name: getattr(edit, one.name) for one in fields(edit)}
    return _made(_ACTIONS[type(edit)], {name: text for name, text in given.items() if text or name != "scope"})


def _made(name: str, given: Mapping[str, Any]) -> Call:
    return Call(name, json.dumps(given, ensure_ascii=False))


def _plain(edits: Sequence[Edit]) -> list[Any]:
    """Edits without what a block cannot show: line ends at the end of a text."""
    return [(type(edit), [str(getattr(edit, one.name)).rstrip("\n") for one in fields(edit)]) for edit in edits]


def _arguments(call: Call) -> dict[str, Any] | None:
    try:
        given = json.loads(call.arguments or "{}", strict=False)
    except ValueError:
        return None
    return given if isinstance(given, dict) else None
