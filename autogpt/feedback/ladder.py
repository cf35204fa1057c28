"""The interpreters that a project may mean, in the order of trust, each with the reason. Looks, runs nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.config import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VENVS = (".venv", "venv", "env", ".env", ".virtualenv")


@dataclass(frozen=True, slots=True)
class Rung:
    """An interpreter worth asking. One that a setting names is taken or refused, never passed over."""

    python: str
    reason: str
    named: bool = False


def ladder(workspace: Path, folder: str, settings: Settings, environment: Mapping[str, str]) -> Iterator[Rung]:
    """Rungs from the most to the least certain; `folder` is the project inside the workspace."""
    if settings.python:
        yield Rung(_named(workspace, settings.python), "settings", named=True)
    active = environment.get("VIRTUAL_ENV", "")
    if active and not _is_ours(active):
        yield from _in(Path(active), "VIRTUAL_ENV")
    if named := environment.get("UV_PROJECT_ENVIRONMENT"):
        yield from _in(workspace / named, "UV_PROJECT_ENVIRONMENT")
    for place in _places(workspace, folder):
        yield from _inside(place, workspace, environment)
    if conda := environment.get("CONDA_PREFIX"):
        yield from _in(Path(conda), "CONDA_PREFIX")
    yield Rung(sys.executable, "the interpreter that autogpt runs on")
    for name in ("python3", "python"):
        if (found := shutil.which(name)) is not None:
            yield Rung(found, "PATH")


def _named(workspace: Path, python: str) -> str:
    named = Path(python).expanduser()
    if named.is_dir():
        return next((rung.python for rung in _in(named, "")), python)
    return str(workspace / named) if len(named.parts) > 1 else shutil.which(python) or python


def _is_ours(folder: str) -> bool:
    return os.path.realpath(folder) == os.path.realpath(sys.prefix)


def _places(workspace: Path, folder: str) -> list[Path]:
    """The project's folder and those around it, up to the workspace."""
    inner = workspace / folder if folder else workspace
    return [inner, *[parent for parent in inner.parents if parent == workspace or workspace in parent.parents]]


def _inside(place: Path, workspace: Path, environment: Mapping[str, str]) -> Iterator[Rung]:
    label = place.relative_to(workspace).as_posix()
    where = "the workspace" if label == "." else label
    for name in VENVS:
        if (place / name / "pyvenv.cfg").is_file():
            yield from _in(place / name, f"{name} of {where}")
    yield from _pdm(place)
    project = _toml(place / "pyproject.toml")
    yield from _poetry(place, project, environment)
    yield from _hatch(project, environment)
    yield from _conda(place, environment)
    for tool in (".tox", ".nox"):
        for folder in sorted((place / tool).glob("*"), reverse=True):
            if (folder / "pyvenv.cfg").is_file():
                yield from _in(folder, f"{tool}/{folder.name} of {where}")


def _in(folder: Path, reason: str) -> Iterator[Rung]:
    for name in ("bin/python", "Scripts/python.exe", "python.exe"):
        if (folder / name).exists():
            yield Rung(str(folder / name), reason)
            return


def _pdm(place: Path) -> Iterator[Rung]:
    try:
        python = (place / ".pdm-python").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return
    if python:
        yield Rung(python, "pdm (.pdm-python)")


def _poetry(place: Path, project: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Rung]:
    """Poetry names a project's environment after its name and a hash of its folder, in a cache of its own."""
    tools = _table(project, "tool")
    tool = _table(tools, "poetry")
    if "poetry" not in tools and not (place / "poetry.lock").is_file():
        return
    name = str(tool.get("name") or _table(project, "project").get("name") or "")
    clean = re.sub(r'[ $`!*@"\\\r\n\t]', "_", name.lower())[:42]
    digest = hashlib.sha256(os.fsencode(os.path.normcase(os.path.realpath(place)))).digest()
    stem = f"{clean}-{base64.urlsafe_b64encode(digest).decode()[:8]}"
    home = Path(environment.get("HOME") or Path.home())
    roots = [
        Path(environment["POETRY_VIRTUALENVS_PATH"]) if "POETRY_VIRTUALENVS_PATH" in environment else None,
        Path(environment["POETRY_CACHE_DIR"]) / "virtualenvs" if "POETRY_CACHE_DIR" in environment else None,
        Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "pypoetry" / "virtualenvs",
        home / "Library" / "Caches" / "pypoetry" / "virtualenvs",
    ]
    for root in roots:
        for folder in sorted(root.glob(f"{stem}-py*"), reverse=True) if root is not None else ():
            yield from _in(folder, "poetry")


def _hatch(project: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Rung]:
    """Hatch keeps environments by project name; the one for tests comes first."""
    if "hatch" not in _table(project, "tool") or not (name := str(_table(project, "project").get("name") or "")):
        return
    home = Path(environment.get("HOME") or Path.home())
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "hatch"
    data = Path(environment.get("HATCH_DATA_DIR") or data)
    found = sorted((data / "env" / "virtual" / name).glob("*/*"), key=lambda path: "test" not in path.name)
    for folder in found:
        yield from _in(folder, f"hatch ({folder.name})")


def _conda(place: Path, environment: Mapping[str, str]) -> Iterator[Rung]:
    """The environment that environment.yml names, in the usual places."""
    for file in ("environment.yml", "environment.yaml"):
        try:
            text = (place / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        match = re.search(r"^name:\s*['\"]?([\w.-]+)", text, re.MULTILINE)
        home = Path(environment.get("HOME") or Path.home())
        roots = [home / name for name in ("miniconda3", "miniforge3", "mambaforge", "anaconda3", ".conda")]
        for root in roots if match else ():
            yield from _in(root / "envs" / match[1], f"conda ({file})") if match else ()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
