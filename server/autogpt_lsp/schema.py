"""The JSON schema of the settings, made from the dataclasses so that clients and documents cannot drift from them.

`python -m autogpt_lsp.schema` writes it, with `--check` it only compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from autogpt.config import USER_ONLY, Settings
from autogpt_lsp.settings import ServerSettings

FILE = Path(__file__).with_name("settings.schema.json")


def make_schema() -> dict[str, Any]:
    """Properties `autogpt.<camelCase>` with type, default, description and scope as VS Code writes them."""
    properties: dict[str, Any] = {}
    for cls in (Settings, ServerSettings):
        kinds = get_type_hints(cls)
        for item in fields(cls):
            if item.name != "trusted":  # told by the editor's workspace trust, never by a setting
                properties[f"autogpt.{camel(item.name)}"] = {
                    **_type(kinds[item.name]),
                    "default": item.default,
                    "description": item.metadata["help"],
                    "scope": _scope(cls, item.name),
                }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of autogpt",
        "type": "object",
        "properties": properties,
    }


def _type(kind: Any) -> dict[str, Any]:
    if get_origin(kind) is Literal:
        return {"type": "string", "enum": list(get_args(kind))}
    return {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer", "minimum": 0},
        float: {"type": "number", "minimum": 0},
    }[kind]


def _scope(cls: type, name: str) -> str:
    """A file of the workspace may not say where code is sent or how it is fenced in."""
    if name in USER_ONLY:
        return "machine"
    return "window" if cls is ServerSettings else "resource"


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def main(arguments: Sequence[str]) -> int:
    """Write the file, or with `--check` say whether it is up to date."""
    text = json.dumps(make_schema(), indent=2) + "\n"
    if "--check" in arguments:
        current = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
        if current != text:
            print(f"{FILE.name} is not what the settings say; run `python -m autogpt_lsp.schema`.")
        return int(current != text)
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
