"""Settings: one frozen tree, read once at the edge and passed on as an argument.

From, the later winning: defaults, the user's config file, `[tool.autogpt]` in pyproject.toml or autogpt.toml of the
workspace, the environment (`AUTOGPT_MODEL` and so on), options given by the caller. Names may be written with `_`,
`-` or in camelCase. An unknown key or a wrong type is an error that names the file and the key.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from autogpt import paths
from autogpt.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Sandboxing = Literal["auto", "required", "off"]
ToolCalls = Literal["auto", "yes", "no"]
EditFormat = Literal["auto", "symbol", "replace", "file", "diff"]


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run. `help` in the metadata is what the schema and the documentation print."""

    model: str = _setting("builtin", "builtin, hf:<repository or folder>, or a model's name at the endpoint.")
    endpoint: str = _setting("", "Base URL of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1.")
    test_command: str = _setting("", "Command that runs the tests; found by itself when empty.")
    python: str = _setting("", "The project's interpreter; found by itself when empty.")
    max_iterations: int = _setting(8, "Rounds of generate, execute and feedback.")
    candidates: int = _setting(1, "Candidates asked of a language model in each round.")
    max_seconds: float = _setting(300.0, "Time limit of a run in seconds; 0 for none.")
    max_tokens: int = _setting(0, "Limit of prompt and completion tokens of a run; 0 for none.")
    max_cost: float = _setting(0.0, "Limit of a run's cost in US dollars; 0 for none.")
    test_timeout: float = _setting(120.0, "Seconds after which a run of the whole test suite counts as hung.")
    sandbox: Sandboxing = _setting(
        "auto", "auto: the best sandbox there is; required: no tests without one; off: limits only."
    )
    network: bool = _setting(False, "Whether tests may use the network (in the sandbox).")
    trusted: bool = _setting(True, "Whether anything of the workspace may be run.")
    edit_format: EditFormat = _setting("auto", "How a language model writes its changes; auto: what suits the model.")
    tool_calls: ToolCalls = _setting(
        "auto", "Whether a language model is asked by native tool calls; auto: what suits the model."
    )
    stronger_model: str = _setting("", "Model to go over to when the chosen one is stuck; none when empty.")
    remember: bool = _setting(
        True, "Whether to remember which way of asking worked for which model, and lessons from failures."
    )
    max_silence: float = _setting(
        900.0, "Seconds that an endpoint may be silent, before the first token and between tokens; 0 for no limit."
    )
    plain_http: bool = _setting(False, "Whether prompts and key may go to another machine without encryption (http).")
    trusted_model: str = _setting(
        "", "The one hf: model whose own Python code and pickled weights may be loaded; none when empty."
    )


USER_ONLY = frozenset({"endpoint", "sandbox", "network", "trusted", "plain_http", "trusted_model"})
"""A workspace's own files may not decide these: where code is sent and what is run is the person's choice."""


GUARDS = USER_ONLY - {"endpoint"}
"""What protects the person: it holds as it is now, also for a run that was begun when it was otherwise."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings with, for each name, where its value came from."""

    settings: Settings
    sources: Mapping[str, str]


def load(workspace: Path | None, options: Mapping[str, Any] | None = None) -> Configuration:
    """Read every source. `options` hold what the caller gave; values of None count as not given."""
    values: dict[str, Any] = {}
    sources = {item.name: "default" for item in fields(Settings)}
    for name, layer in _layers(workspace, options or {}):
        for key, value in layer.items():
            values[key] = _checked(key, value, name)
            sources[key] = name
    return Configuration(replace(Settings(), **values), sources)


def recorded(settings: Settings) -> dict[str, str]:
    """Settings as the journal of a run keeps them."""
    return {item.name: str(getattr(settings, item.name)) for item in fields(settings)}


def restored(record: Mapping[str, str], today: Settings, given: Mapping[str, Any]) -> Settings:
    """The settings that a run was made with and, over them, what the person gives now; `GUARDS` are those of today.

    What the record lacks, or holds in a form that only another version knows, is as today.
    """
    values: dict[str, Any] = {}
    for name in {item.name for item in fields(Settings)} & record.keys() - GUARDS:
        with contextlib.suppress(UsageError):
            values[name] = _checked(name, _parsed(record[name], get_type_hints(Settings)[name]), "the journal")
    for name, value in _named({key: value for key, value in given.items() if value is not None}, "options").items():
        values[name] = _checked(name, value, "options")
    return replace(today, **values)


def _layers(workspace: Path | None, options: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    layers = [(str(paths.config_file()), _named(_toml(paths.config_file()), str(paths.config_file())))]
    if workspace is not None:
        table = _toml(workspace / "pyproject.toml").get("tool", {})
        own = table.get("autogpt", {}) if isinstance(table, dict) else {}
        for name, layer in (("pyproject.toml", own), ("autogpt.toml", _toml(workspace / "autogpt.toml"))):
            named = _named(layer, f"{name} of the workspace")
            for key in USER_ONLY & named.keys():
                raise UsageError(
                    f"{name} of the workspace sets `{key}`, which only you can.", f"Set it in {paths.config_file()}."
                )
            layers.append((f"{name} of the workspace", named))
    environment = {
        item.name: os.environ[variable]
        for item in fields(Settings)
        if (variable := "AUTOGPT_" + item.name.upper()) in os.environ
    }
    layers.append(("environment", environment))
    layers.append(("options", _named({k: v for k, v in options.items() if v is not None}, "options")))
    return layers


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if path.name == "pyproject.toml":
            return {}  # another tool's file: a mistake in it is not ours to report
        raise UsageError(f"{path} cannot be read: {error}.") from error


def _named(layer: Any, source: str) -> dict[str, Any]:
    """Keys in the form of the fields; unknown ones are refused with the nearest known name."""
    if not isinstance(layer, dict):
        raise UsageError(f"{source}: settings must be a table.")
    known = {item.name for item in fields(Settings)}
    named: dict[str, Any] = {}
    for key, value in layer.items():
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(key)).replace("-", "_").lower()
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(f"{source}: unknown setting `{key}`.", f"Did you mean `{near[0]}`?" if near else "")
        named[name] = value
    return named


def _checked(name: str, value: Any, source: str) -> Any:
    kind = get_type_hints(Settings)[name]
    if source == "environment":
        value = _parsed(value, kind)
    if get_origin(kind) is Literal:
        good, wanted = value in get_args(kind), "one of " + ", ".join(map(str, get_args(kind)))
    elif kind is float:
        good, wanted = _is_number(value, (int, float)), "a number, 0 or more"
        value = float(value) if good else value
    elif kind is int:
        good, wanted = _is_number(value, int), "a whole number, 0 or more"
    else:
        good, wanted = isinstance(value, kind), {str: "a string", bool: "true or false"}[kind]
    if not good:
        raise UsageError(f"{source}: `{name}` must be {wanted}, not {value!r}.")
    return value


def _is_number(value: Any, kinds: Any) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0


_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _parsed(text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return _TRUTH.get(text.lower(), text)
        return kind(text) if kind in (int, float) else text
    except ValueError:
        return text
