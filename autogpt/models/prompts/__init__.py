"""The words of every prompt, a file each, so that they can be read and changed without reading code."""

from __future__ import annotations

import functools
from importlib.resources import files
from string import Template


@functools.cache
def _template(name: str) -> Template:
    return Template(files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **values: str) -> str:
    """The prompt `name` with every `$value` filled in; a missing one is a `KeyError`."""
    filled = _template(name).substitute({key: value.strip("\n") for key, value in values.items()})
    return filled.strip() + "\n"
