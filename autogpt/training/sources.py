"""Where code to learn from is: the standard library of this interpreter, and pinned sdists that pip fetches once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cattrs import structure

from autogpt.errors import UsageError, WorkspaceError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIST = Path(__file__).parent / "sources.toml"
NOT_CODE = frozenset({"site-packages", "dist-packages", "lib2to3", "turtledemo", "idlelib", "__pycache__", "ensurepip"})
"""Folders of the standard library that are other people's, copies, or no examples of anything."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One sdist. `licence` is an SPDX expression."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class CodeSource:
    """A folder of code with its origin and licence."""

    name: str
    licence: str
    folder: Path

    def files(self, most: int = 0) -> Iterator[Path]:
        """Its Python files in a fixed order, at most so many (0: all)."""
        found = (
            path
            for path in sorted(self.folder.rglob("*.py"))
            if not NOT_CODE & set(path.relative_to(self.folder).parts)
        )
        for count, path in enumerate(found):
            if most and count >= most:
                return
            yield path


def load_pinned(path: Path = LIST) -> dict[str, Pinned]:
    """The list by name, sorted."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["packages"]
    return {name: structure({"name": name, **table[name]}, Pinned) for name in sorted(table)}


def chosen(names: Sequence[str]) -> list[Pinned]:
    """The packages of a recipe. Raise `UsageError` for one that is not on the list."""
    known = load_pinned()
    if "all" in names:
        return list(known.values())
    for name in names:
        if name not in known:
            raise UsageError(f"There is no package `{name}` in {LIST.name}.")
    return [known[name] for name in sorted(set(names))]


def standard_library() -> CodeSource:
    """The one of this interpreter, its tests included where they are installed."""
    version = ".".join(map(str, sys.version_info[:3]))
    return CodeSource(f"python-{version}", "PSF-2.0", Path(sysconfig.get_path("stdlib")))


def fetch(package: Pinned, cache: Path) -> CodeSource:
    """The unpacked sdist. Raise `WorkspaceError` when pip cannot get it; nothing half done is left."""
    label = f"{package.name}-{package.version}"
    folder = cache / "unpacked" / label
    if not folder.is_dir():
        archive = _download(package, cache / "sdists" / label)
        scratch = cache / "unpacking" / label
        shutil.rmtree(scratch, ignore_errors=True)
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch.rename(folder)
    return CodeSource(label, package.licence, folder)


def _download(package: Pinned, place: Path) -> Path:
    if not list(place.glob("*.tar.gz")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        wanted = f"{package.name}=={package.version}"
        done = subprocess.run(
            [*pip, "--no-binary", ":all:", "--dest", str(place), wanted], capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise WorkspaceError(f"{wanted} could not be fetched: {said}", "Run it again; what is there is kept.")
    return next(iter(place.glob("*.tar.gz")))
