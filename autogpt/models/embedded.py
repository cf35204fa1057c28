"""Tool calls that stand in the text of an answer: of local weights, or of a server that leaves them in. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from autogpt.edits import parse
from autogpt.models.asks import parse_asks
from autogpt.models.calls import Call, written

_MARKED = re.compile(r"^[ \t]*<tool_call>\s*(?P<body>.*?)\s*(?:</tool_call>|\Z)", re.DOTALL | re.MULTILINE)
_FUNCTION = re.compile(r"\A<function=(?P<name>[\w.-]+)>(?P<body>.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(?P<name>\w+)>\n?(?P<text>.*?)\n?</parameter>", re.DOTALL)
_MARKS = re.compile(r"\A\s*(?:\[TOOL_CALLS\]|<\|python_tag\|>)?\s*")


def unwrapped(text: str) -> str:
    """The answer with blocks in place of calls in the forms of Hermes and Qwen, Qwen's coders, Mistral and Llama.

    An answer that has blocks already is left alone: what it holds of such marks is text of the project.
    """
    parsed = parse(text)
    if parsed.edits or parse_asks(text):
        return text
    if marked := list(_MARKED.finditer(text)):
        rest = _MARKED.sub("", text)
        return written(rest, [_called(match["body"]) for match in marked])
    try:
        data = json.loads(_MARKS.sub("", text))
    except (ValueError, RecursionError):
        return text
    entries = data if isinstance(data, list) else [data]
    if not entries or not all(_is_call(entry) for entry in entries):
        return text
    return written("", [_of(entry) for entry in entries])


def _called(body: str) -> Call:
    if function := _FUNCTION.match(body):
        given: dict[str, Any] = {match["name"]: match["text"] for match in _PARAMETER.finditer(function["body"])}
        numbers = {name: int(given[name]) for name in ("first", "last") if str(given.get(name, "")).isdecimal()}
        return Call(function["name"], json.dumps({**given, **numbers}, ensure_ascii=False))
    try:
        entry = json.loads(body, strict=False)
    except ValueError:
        return Call("", body)  # a problem that the model is told
    return _of(entry) if _is_call(entry) else Call("", body)


def _is_call(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        and bool({"arguments", "parameters"} & entry.keys())
    )


def _of(entry: dict[str, Any]) -> Call:
    arguments = entry.get("arguments", entry.get("parameters"))
    return Call(entry["name"], arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))
