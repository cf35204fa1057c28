"""Settings as an editor gives them: section `autogpt`, checked key by key, what is wrong reported once and left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from autogpt.config import Settings


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What concerns the server alone; everything else in the section is `autogpt.config.Settings`."""

    code_lens: bool = _setting(False, "Show code lenses over unfinished functions and failing tests.")
    start_on_save: bool = _setting(False, "Start the task of a comment `autogpt!: …` when its file is saved.")
    review: Literal["auto", "diagnostics", "off"] = _setting(
        "auto", "How the server itself shows proposals: auto leaves it to an editor that can, off shows nothing."
    )
    confirm_changes: bool = _setting(False, "Ask the editor to confirm each change of an apply, where it can.")
    max_runs: int = _setting(0, "Runs at work at once; 0 for half of the processor's cores.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting("INFO", "How much is written to the log.")


CLIENT_KEYS = frozenset({"server", "trace", "client"})
"""Keys of the section that only clients read."""


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """The settings of one folder. `options` go to the worker; `sources` says where each one came from."""

    server: ServerSettings = field(default_factory=ServerSettings)
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    sources: dict[str, str] = field(default_factory=dict[str, str])
    problems: tuple[str, ...] = ()


def read_section(section: Any, source: str, under: FolderSettings | None = None) -> FolderSettings:
    """Settings from one source over those of another. Values of None are unset: VS Code and Neovim send them so.

    A value equal to the default is left out too: VS Code sends the whole section, defaults included, and they must
    not win over the person's config file.
    """
    under = under or FolderSettings()
    if section is None:
        return under
    if not isinstance(section, Mapping):
        return _with_problem(under, f"{source}: the section `autogpt` must be an object.")
    server = {item.name: getattr(under.server, item.name) for item in fields(ServerSettings)}
    options, sources, problems = dict(under.options), dict(under.sources), list(under.problems)
    for key, value in flat(section).items():
        name = snake(key)
        if value is None or key.split(".")[0] in CLIENT_KEYS or name in ("worker", "trusted"):
            continue
        kind = _KINDS.get(name)
        if kind is None:
            problems.append(f"{source}: unknown setting `autogpt.{key[:80]}`{_nearest(name)}.")
        elif (wanted := mismatch(value, kind)) is not None:
            problems.append(f"{source}: `autogpt.{key}` must be {wanted}, not {str(value)[:60]!r}.")
        elif name in _SERVER:
            server[name] = value
            sources[name] = source
        elif value != _DEFAULTS[name]:
            options[name] = value
            sources[name] = source
    return FolderSettings(ServerSettings(**server), options, sources, tuple(problems))


def _with_problem(settings: FolderSettings, problem: str) -> FolderSettings:
    return FolderSettings(settings.server, settings.options, settings.sources, (*settings.problems, problem))


_SERVER = {item.name for item in fields(ServerSettings)}
_KINDS: dict[str, Any] = {**get_type_hints(Settings), **get_type_hints(ServerSettings)}
_DEFAULTS: dict[str, Any] = {item.name: item.default for item in fields(Settings)}


def snake(key: str) -> str:
    """`maxIterations` and `max-iterations` as the dataclass writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace("-", "_").lower()


def flat(section: Mapping[Any, Any]) -> dict[str, Any]:
    """One level of dotted keys is what editors without a schema send; nested objects of clients stay as they are."""
    return {str(key).removeprefix("autogpt."): value for key, value in section.items()}


def mismatch(value: Any, kind: Any) -> str | None:
    """None if `value` is of this kind, else what was wanted."""
    if get_origin(kind) is Literal:
        return None if value in get_args(kind) else "one of " + ", ".join(map(str, get_args(kind)))
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    if kind is float:
        return None if number else "a number, 0 or more"
    if kind is int:
        return None if number and isinstance(value, int) else "a whole number, 0 or more"
    if kind is bool:
        return None if isinstance(value, bool) else "true or false"
    return None if isinstance(value, str) else "a string"


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, _KINDS, n=1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def options_of(given: Any) -> dict[str, Any]:
    """The `options` of a command. Raise `UsageError` for what is not a setting of a run or of the wrong type."""
    from autogpt.errors import UsageError

    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UsageError("`options` must be an object.")
    options: dict[str, Any] = {}
    for key, value in given.items():
        name = snake(str(key))
        if name not in _DEFAULTS or name == "trusted":
            raise UsageError(f"Unknown option `{str(key)[:80]}`{_nearest(name)}.")
        if value is None:
            continue
        if (wanted := mismatch(value, _KINDS[name])) is not None:
            raise UsageError(f"Option `{key}` must be {wanted}.")
        options[name] = value
    return options
