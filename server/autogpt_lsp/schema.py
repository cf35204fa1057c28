"""The settings as a JSON schema and as a page, made from the dataclasses so that clients and docs cannot drift.

`python -m autogpt_lsp.schema` writes both, in the project's own tree; with `--check` it only compares.
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
PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


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


PREFACE = """\
# Settings

Written by `python -m autogpt_lsp.schema`. In an editor the names are those of this table below `autogpt.`; in a
`config.toml`, `autogpt.toml` or `[tool.autogpt]` they may also be written with `_` or `-`, and for one run most are
options of the command line. What is marked *yours* may not be set by a file of a workspace; what is marked *editor*
concerns the language server only. Keys of models are no settings: they come from `AUTOGPT_API_KEY`, else
`OPENAI_API_KEY`.

| name | default | what it is | |
|---|---|---|---|
"""


def make_page() -> str:
    """The same for people."""
    return PREFACE + "".join(_row(name, item) for name, item in make_schema()["properties"].items())


def _row(name: str, item: dict[str, Any]) -> str:
    mark = {"machine": "yours", "window": "editor"}.get(item["scope"], "")
    values = f" One of {', '.join(item['enum'])}." if "enum" in item else ""
    cells = (f"`{name.removeprefix('autogpt.')}`", json.dumps(item["default"]), item["description"] + values, mark)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` say whether they are up to date."""
    behind = 0
    for path, text in ((FILE, json.dumps(make_schema(), indent=2) + "\n"), (PAGE, make_page())):
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.name} is not what the settings say; run `python -m autogpt_lsp.schema`.")
            behind = 1
    return behind


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
