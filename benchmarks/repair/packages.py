"""The packages of the benchmark: their list, their halves, and their sources as pip fetches them.

Fetched and unpacked once, into a cache folder; after that nothing needs a network.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cattrs import structure

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Half = Literal["dev", "held-out"]

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "repair"


@dataclass(frozen=True, slots=True)
class Package:
    """One package. Paths are relative to the unpacked sdist, with `/`."""

    name: str
    version: str
    licence: str
    source: tuple[str, ...]
    tests: tuple[str, ...]
    root: str = ""
    options: tuple[str, ...] = ()
    style: str = ""

    @property
    def half(self) -> Half:
        """The SHA-256 of the name decides, so that a package never changes sides."""
        return "dev" if hashlib.sha256(self.name.encode()).digest()[0] % 2 == 0 else "held-out"

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"

    def ini(self) -> str:
        """A pytest.ini, which wins over every other configuration in the sdist."""
        lines = ["[pytest]", f"pythonpath = {self.root or '.'}", f"testpaths = {' '.join(self.tests)}", *self.options]
        return "\n".join(lines) + "\n"

    def files(self, tree: Path) -> list[str]:
        """Modules that may be mutated: those under `source` that are not tests, sorted."""
        found: list[Path] = []
        for entry in self.source:
            path = tree / entry
            found.extend(path.rglob("*.py") if path.is_dir() else [path])
        names = (path.relative_to(tree).as_posix() for path in found)
        return sorted(name for name in names if not self.is_test(name))

    def is_test(self, path: str) -> bool:
        """Whether a path is part of the tests, support files included."""
        return any(path == entry or path.startswith(entry.rstrip("/") + "/") for entry in self.tests)


def load_packages(path: Path = HERE / "packages.toml") -> dict[str, Package]:
    """The list by name, sorted."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["packages"]
    return {name: structure({"name": name, **table[name]}, Package) for name in sorted(table)}


def fetch(package: Package, cache: Path = CACHE) -> Path:
    """The unpacked sdist, ready for its tests to be run in place. Raise `CalledProcessError` if pip cannot get it."""
    tree = cache / "sources" / package.folder
    if tree.is_dir():
        return tree
    archive = _download(package, cache / "sdists")
    scratch = cache / "unpacking" / package.folder
    shutil.rmtree(scratch, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(scratch, filter="data")
    (inside,) = scratch.iterdir()
    prepare(package, inside)
    tree.parent.mkdir(parents=True, exist_ok=True)
    inside.rename(tree)
    shutil.rmtree(scratch)
    return tree


def prepare(package: Package, tree: Path) -> None:
    """Drop compiled leftovers and lay down the configuration of pytest."""
    for leftover in [*tree.rglob("__pycache__"), *tree.glob("*.egg-info")]:
        shutil.rmtree(leftover)
    (tree / "pytest.ini").write_text(package.ini(), encoding="utf-8")


def _download(package: Package, folder: Path) -> Path:
    place = folder / package.folder
    if not list(place.glob("*.tar.gz")):
        wanted = f"{package.name}=={package.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--no-binary", ":all:", "--dest", str(place), wanted], check=True)
    return next(iter(place.glob("*.tar.gz")))


def environment(cache: Path = CACHE, requirements: Path = HERE / "requirements.txt") -> Path:
    """The interpreter of an environment with what the tests need, made at the first call."""
    folder = cache / "venv"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "requirements.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        subprocess.run([*install, str(requirements)], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python
