"""Answers as one JSON object, for servers that hold a model to a schema but take no grammar. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from autogpt.edits import TOOLS, Format
from autogpt.models.calls import Call, written

MOST_PATHS = 100
"""Paths that the schema lists; of a larger project any path may be written."""
_LINE = "A question as in an `ask` block, such as `read src/cart.py 10-80`"


def response_format(format: Format, paths: Sequence[str]) -> dict[str, Any]:
    """The `response_format` of a request: an object that `from_json` reads, with edits in this format.

    All is required and nothing else allowed, as strict servers want it. `paths` are the files that may be changed.
    """
    own = ("symbol", "replace") if format == "symbol" else (format,)
    actions = dict.fromkeys([*own, "file", "delete", "rename"] if paths else ["file"])
    texts = {"type": "array", "items": {"type": "string"}}
    properties = {
        "plan": {**texts, "description": "One to five short steps"},
        "questions": {"type": "array", "items": {"type": "string", "description": _LINE}},
        "edits": {"type": "array", "items": {"anyOf": [_edit(action) for action in actions]}},
        "summary": {"type": "string", "description": "What the change does, in the imperative"},
        "line": {
            "type": "string",
            "description": "A single line that was asked for, such as `Give up: ...`; else empty",
        },
    }
    path = {"type": "string", "enum": list(paths)} if 0 < len(paths) <= MOST_PATHS else {"type": "string"}
    schema = {**_object(properties), "$defs": {"path": path}}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def from_json(text: str) -> str:
    """Such an answer in the text protocol; any other text as it is."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(data, dict) or not data.keys() & {"edits", "questions", "line"}:
        return text
    steps = [f"{number}. {step}" for number, step in enumerate(_texts(data, "plan"), 1)]
    edits = data.get("edits")
    calls = [_call(edit) for edit in edits] if isinstance(edits, list) else []
    body = written("\n".join(["Plan:", *steps] if steps else []), calls)
    asks = [" ".join(line.split()) for line in _texts(data, "questions")]
    blocks = ["\n".join(["```ask", *asks, "```"])] if asks else []
    summary = " ".join(str(data.get("summary") or "").split())
    said = [str(data.get("line") or "").strip(), f"Summary: {summary}" if summary else ""]
    return "\n\n".join(part for part in (body, *blocks, *said) if part)


def _edit(action: str) -> dict[str, Any]:
    (tool,) = (tool["function"] for tool in TOOLS if tool["function"]["name"] == f"edit_{action}")
    fields = tool["parameters"]["properties"]
    known: dict[str, Any] = {"path": {"type": "string"} if action == "file" else {"$ref": "#/$defs/path"}}
    return _object({"action": {"type": "string", "enum": [action]}, **fields, **known})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _call(edit: Any) -> Call:
    given = dict(edit) if isinstance(edit, dict) else {}
    action = str(given.pop("action", ""))
    return Call(f"edit_{action}", json.dumps(given, ensure_ascii=False))


def _texts(data: dict[str, Any], name: str) -> list[str]:
    found = data.get(name)
    return (
        [re.sub(r"^\d+[.)]\s*", "", one.strip()) for one in found if isinstance(one, str)]
        if isinstance(found, list)
        else []
    )
