"""The same edits as JSON: for native tool calls, and for models that answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autogpt.edits.base import Delete, Edit, ParsedAnswer, Rename, SearchReplace, SymbolEdit, WholeFile
from autogpt.edits.bodies import diff_edits, unnumbered
from autogpt.edits.policy import normalize

_PATH = {"type": "string", "description": "Path relative to the workspace, with /"}


def _tool(name: str, description: str, **properties: str) -> dict[str, Any]:
    fields = {"path": _PATH, **{key: {"type": "string", "description": text} for key, text in properties.items()}}
    required = ["path", *(key for key in properties if key != "scope")]
    parameters = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS: tuple[dict[str, Any], ...] = (
    _tool(
        "edit_symbol",
        "Replace one function, method or class by its whole new text.",
        symbol="Qualified name, like Class.method",
        text="The whole definition, decorators included",
    ),
    _tool(
        "edit_replace",
        "Replace lines of a file.",
        search="Lines as they are in the file, enough of them to occur once",
        replace="Lines to put there",
        scope="Qualified name of the symbol to search in",
    ),
    _tool("edit_file", "Create a file, or replace the whole of one.", text="The whole text"),
    _tool("edit_diff", "Apply a unified diff to a file.", diff="Hunks with @@ lines; line numbers are not used"),
    _tool("edit_delete", "Delete a file."),
    _tool("edit_rename", "Move a file.", new="The new path, which must not exist"),
)
"""Function definitions as OpenAI-compatible servers take them."""


def parse_json(text: str) -> ParsedAnswer | None:
    """The edits of a JSON answer: `{"edits": […]}`, a list of them, or tool calls; None when it is none of these."""
    bare = text.strip()
    if not bare.startswith(("{", "[")):
        return None
    try:
        data = json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        if '"path"' in bare and '"action"' in bare:
            return ParsedAnswer(problems=("The JSON of the answer is broken or cut off; send it again.",))
        return None
    entries = data.get("edits") or data.get("tool_calls") or [data] if isinstance(data, dict) else data
    if not isinstance(entries, list) or not any(_is_edit(entry) for entry in entries):
        return None
    results = [parse_call(entry) for entry in entries]
    return ParsedAnswer(
        tuple(edit for result in results for edit in result.edits),
        problems=tuple(problem for result in results for problem in result.problems),
    )


def _is_edit(entry: Any) -> bool:
    return isinstance(entry, dict) and bool({"action", "function", "arguments"} & entry.keys())


def parse_call(call: Any) -> ParsedAnswer:
    """One edit, as `{"action": …, "path": …}` or as a tool call with `name` and `arguments`."""
    if not isinstance(call, dict):
        return ParsedAnswer(problems=("An edit must be a JSON object with `action` and `path`.",))
    function = call.get("function")
    entry: Mapping[str, Any] = function if isinstance(function, dict) else call
    arguments = entry.get("arguments", entry)
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, strict=False)
        except ValueError:
            return ParsedAnswer(problems=("The arguments of an edit are no JSON; send it again.",))
    if not isinstance(arguments, dict):
        return ParsedAnswer(problems=("The arguments of an edit must be a JSON object.",))
    action = str(entry.get("action") or entry.get("name") or "").removeprefix("edit_")
    return _from_fields(action, arguments)


def _from_fields(action: str, fields: Mapping[str, Any]) -> ParsedAnswer:
    wanted = {
        "symbol": ("symbol", "text"),
        "replace": ("search", "replace"),
        "file": ("text",),
        "diff": ("diff",),
        "delete": (),
        "rename": ("new",),
    }
    if action not in wanted:
        return ParsedAnswer(problems=(f"`{action}` is no action; use one of {', '.join(wanted)}.",))
    missing = [name for name in ("path", *wanted[action]) if not isinstance(fields.get(name), str)]
    if missing:
        return ParsedAnswer(problems=(f"A `{action}` edit lacks {', '.join(f'`{name}`' for name in missing)}.",))
    path = normalize(fields["path"])
    if action == "diff":
        return diff_edits(path, fields["diff"])
    return ParsedAnswer((_edit(action, path, fields),))


def _edit(action: str, path: str, fields: Mapping[str, Any]) -> Edit:
    match action:
        case "symbol":
            return SymbolEdit(path, fields["symbol"], _plain(fields["text"]))
        case "replace":
            return SearchReplace(
                path, _plain(fields["search"]), _plain(fields["replace"]), str(fields.get("scope") or "")
            )
        case "delete":
            return Delete(path)
        case "rename":
            return Rename(path, normalize(fields["new"]))
        case _:
            return WholeFile(path, _plain(fields["text"]))


def _plain(text: str) -> str:
    return "\n".join(unnumbered(text.replace("\r\n", "\n").split("\n")))
