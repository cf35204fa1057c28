"""`pip install -e .` by the backends themselves: the tests import the scratch tree, or the run says they do not."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.bubblewrap import can_layer, why_not
from tests.feedback.projects import MakeProject, Project

pytestmark = pytest.mark.timeout(600)  # the first one installs the backends
needs_bubblewrap = pytest.mark.skipif(bool(why_not("")) or not can_layer("/tmp"), reason="needs bubblewrap, overlayfs")

BACKENDS = Path(__file__).with_name("backends.txt")
CACHE = Path(__file__).parents[2] / ".cache" / "backends"


@pytest.fixture
def backends() -> Iterator[Path]:
    """An interpreter with the backends, made once and kept; one test at a time installs its project into it."""
    python, stamp, wanted = CACHE / "venv" / "bin" / "python", CACHE / "venv" / "backends.txt", BACKENDS.read_text()
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            venv.create(CACHE / "venv", with_pip=True, clear=True)
            _pip(python, "install", "-r", str(BACKENDS))
            stamp.write_text(wanted)
        yield python
        _pip(python, "uninstall", "-y", "shop")


def _pip(python: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "PATH": path}, capture_output=True)


def installed(project: MakeProject, python: Path, files: Mapping[str, str], sandbox: str) -> Project:
    made = project(files, python=str(python), sandbox=sandbox)
    _pip(python, "install", "--no-build-isolation", "--no-deps", "-e", str(made.workspace))
    return made


OLD = "def value():\n    return 'checkout'\n"
NEW = "def value():\n    return 'scratch'\n"
TEST = "from shop.stock import value\n\n\ndef test_value():\n    assert value() == 'scratch'\n"
PASSED = {"tests/test_it.py::test_value"}


def pyproject(backend: str, requires: str, more: str = "") -> str:
    build = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'
    return f'{build}[project]\nname = "shop"\nversion = "1.0"\n{more}'


SETUPTOOLS = pyproject("setuptools.build_meta", "setuptools", "[tool.setuptools]\npackages = ['shop']\n")
HATCH = "[tool.hatch.build.targets.wheel]\npackages = ['code/shop']\n"
LAYOUTS = {
    "setuptools, by a finder": (SETUPTOOLS + "package-dir = { shop = 'code/inner' }\n", "code/inner/"),
    "setuptools, by a path": (SETUPTOOLS + "package-dir = { '' = 'src' }\n", "src/shop/"),
    "hatch": (pyproject("hatchling.build", "hatchling", HATCH), "code/shop/"),
    "hatch, by a finder": (
        pyproject("hatchling.build", "hatchling", HATCH + "[tool.hatch.build]\ndev-mode-exact = true\n"),
        "code/shop/",
    ),
}


@pytest.mark.parametrize("sandbox", ["auto", "off"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_scratch_tree_is_imported(project: MakeProject, backends: Path, layout: str, sandbox: str) -> None:
    settings, folder = LAYOUTS[layout]
    files = {"pyproject.toml": settings, f"{folder}__init__.py": "", f"{folder}stock.py": OLD, "tests/test_it.py": TEST}
    made = installed(project, backends, files, sandbox)
    made.write({f"{folder}stock.py": NEW})
    assert made.run().passed() == PASSED


MESON = {
    "pyproject.toml": pyproject("mesonpy", "meson-python"),
    "meson.build": (
        "project('shop', 'c', version: '1.0')\npy = import('python').find_installation(pure: false)\n"
        "py.install_sources('shop/__init__.py', 'shop/stock.py', subdir: 'shop')\n"
        "py.extension_module('_fast', 'shop/fast.c', subdir: 'shop', install: true)\n"
    ),
    "shop/__init__.py": "",
    "shop/stock.py": OLD,
    "shop/fast.c": (
        "#include <Python.h>\nstatic PyObject *two(PyObject *self, PyObject *none) { return PyLong_FromLong(1); }\n"
        'static PyMethodDef methods[] = {{"two", two, METH_NOARGS, 0}, {0}};\n'
        'static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", 0, -1, methods};\n'
        "PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }\n"
    ),
    "tests/test_it.py": TEST + "\n\ndef test_two():\n    from shop import _fast\n    assert _fast.two() == 2\n",
}
needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@needs_bubblewrap
@needs_compiler
def test_meson_builds_the_scratch_tree_anew_and_the_workspace_stays_as_it_is(
    project: MakeProject, backends: Path
) -> None:
    """Its editable install runs ninja in the workspace when it is imported: in a layer that is thrown away."""
    made = installed(project, backends, MESON, "auto")
    before = {path: path.stat().st_mtime_ns for path in (made.workspace / "build").rglob("*") if path.is_file()}
    assert not made.run().passed()
    made.write({"shop/stock.py": NEW, "shop/fast.c": MESON["shop/fast.c"].replace("FromLong(1)", "FromLong(2)")})
    assert made.run().passed() == PASSED | {"tests/test_it.py::test_two"}
    assert before == {path: path.stat().st_mtime_ns for path in (made.workspace / "build").rglob("*") if path.is_file()}


@needs_compiler
def test_meson_without_a_sandbox_is_said_to_import_the_workspace(project: MakeProject, backends: Path) -> None:
    """The install knows absolute paths, which a copy elsewhere cannot stand for: nothing is spent on it."""
    with pytest.raises(EnvironmentNotFound, match=r"The tests import shop from .*, not from the workspace"):
        installed(project, backends, MESON, "off").run()
