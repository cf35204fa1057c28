"""Asks a Python interpreter about itself, in a process of its own: version, where its code lies, and has it pytest."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autogpt.feedback.variables import clean

PROBE = """\
import importlib.util, json, os, sys
mapped, built = [], []
for finder in sys.meta_path:
    if type(finder).__name__ == "MesonpyMetaFinder":
        built.append(str(getattr(finder, "_build_path", "")))
    module = sys.modules.get(getattr(finder, "__module__", ""), None)
    for name in ("MAPPING", "NAMESPACES"):
        for value in (getattr(module, name, None) or {}).values():
            mapped += value if isinstance(value, list) else [str(value)]
def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
print(json.dumps({
    "executable": sys.executable, "version": list(sys.version_info[:3]), "prefix": sys.prefix,
    "base_prefix": sys.base_prefix, "path": [p for p in sys.path if p and os.path.exists(p)], "mapped": mapped,
    "built": [path for path in built if path],
    "pytest": has("pytest"), "unittest": has("unittest"),
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What an interpreter says about itself. `paths` is all that it must be able to read.

    `built` are folders that an editable install of meson-python builds anew, when the project is imported.
    """

    executable: str
    version: tuple[int, ...]
    has_pytest: bool
    paths: tuple[str, ...]
    built: tuple[str, ...] = ()


def probe(python: str) -> Interpreter | str:
    """The interpreter's answer, or a sentence why there is none; asked once for each state of its packages."""
    return _ask(python, fingerprint(python))


def fingerprint(python: str) -> tuple[int, ...]:
    """What changes when packages are installed or the environment is made anew."""
    prefix = Path(python).parent.parent
    places = [Path(python), prefix / "pyvenv.cfg", *sorted(prefix.glob("lib/python3*/site-packages"))]
    return tuple(place.stat().st_mtime_ns if place.exists() else 0 for place in places)


@functools.lru_cache(maxsize=64)
def _ask(python: str, fingerprint: tuple[int, ...]) -> Interpreter | str:
    del fingerprint
    try:
        done = subprocess.run(
            [python, "-c", PROBE], capture_output=True, timeout=120, check=False, env=clean(os.environ), cwd="/"
        )
    except FileNotFoundError:
        return f"{python} does not exist."
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{python} cannot be run: {error}."
    try:
        data = json.loads(done.stdout.decode("utf-8").strip().splitlines()[-1])
        version = tuple(int(part) for part in data["version"])
    except (ValueError, IndexError, KeyError, TypeError):
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        return f"{python} is not a working Python: {said[0]}."
    executable = Path(python)
    places = [data["prefix"], data["base_prefix"], *data["path"], *data["mapped"]]
    chain = [str(link.parent) for link in _links(executable)]
    roots = [str(Path(link).parent) for link in chain if Path(link).name in ("bin", "Scripts")]
    return Interpreter(
        str(executable), version, bool(data["pytest"]), outermost([*places, *chain, *roots]), tuple(data["built"])
    )


def _links(path: Path) -> list[Path]:
    """A path and what it links to, step by step: each must be visible for the last to be run."""
    found = [path]
    while path.is_symlink() and len(found) < 20:
        path = Path(os.path.normpath(path.parent / path.readlink()))
        found.append(path)
    return found


def outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """Without what lies in another one, and without the root of everything."""
    known = sorted({os.path.normpath(path) for path in paths if path} - {"/"})
    kept: list[str] = []
    for path in known:
        if not any(path == other or path.startswith(other + os.sep) for other in kept):
            kept.append(path)
    return tuple(kept)
