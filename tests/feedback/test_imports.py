"""The tests import the code of the scratch tree, however the project is installed, or the run says that they do not."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.stop import Stop
from tests.feedback.projects import MakeProject, Project, make_environment, write

BOTH = pytest.mark.parametrize("sandbox", ["auto", "off"])
OLD = "def value():\n    return 'checkout'\n"
NEW = "def value():\n    return 'scratch'\n"
TEST = "from shop.stock import value\n\n\ndef test_value():\n    assert value() == 'scratch'\n"
PASSED = {"tests/test_it.py::test_value"}


def changed(project: Project, path: str) -> Project:
    """The scratch copy differs from the workspace in this file, and only its text makes the test pass."""
    project.write({path: NEW})
    return project


def site_of(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*")) / "site-packages"


@BOTH
@pytest.mark.parametrize("base", ["", "src/"])
def test_editable_install_by_path_file(project: MakeProject, tmp_path: Path, base: str, sandbox: str) -> None:
    """`pip install -e .` of most build backends: the folder of the checkout is on the import path."""
    python = make_environment(tmp_path / "venv")
    files = {f"{base}shop/__init__.py": "", f"{base}shop/stock.py": OLD, "tests/test_it.py": TEST}
    made = project(files, python=str(python), sandbox=sandbox)
    (site_of(python) / "_shop.pth").write_text(f"{made.workspace / base}\n")
    assert changed(made, f"{base}shop/stock.py").run().passed() == PASSED


FINDER = """\
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
MAPPING = {{'shop': {folder!r}}}
class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            folder = MAPPING[fullname]
            return spec_from_file_location(fullname, folder + '/__init__.py', submodule_search_locations=[folder])
sys.meta_path.append(Finder)
"""


@BOTH
def test_editable_install_by_finder(project: MakeProject, tmp_path: Path, sandbox: str) -> None:
    """Setuptools maps package names to folders where the layout is not a plain one."""
    python = make_environment(tmp_path / "venv")
    files = {"code/shop/__init__.py": "", "code/shop/stock.py": OLD, "tests/test_it.py": TEST}
    made = project(files, python=str(python), sandbox=sandbox)
    finder = FINDER.format(folder=str(made.workspace / "code" / "shop"))
    write(site_of(python), {"__editable___shop_finder.py": finder, "_shop.pth": "import __editable___shop_finder\n"})
    assert changed(made, "code/shop/stock.py").run().passed() == PASSED


def test_a_finder_of_another_kind_does_not_lead_into_the_workspace_unsaid(project: MakeProject, tmp_path: Path) -> None:
    """Without a sandbox the copy lies elsewhere, and a finder that keeps its paths in its own way leads past it."""
    python = make_environment(tmp_path / "venv")
    files = {"code/shop/__init__.py": "", "code/shop/stock.py": OLD, "tests/test_it.py": TEST}
    made = changed(project(files, python=str(python), sandbox="off"), "code/shop/stock.py")
    finder = FINDER.format(folder=str(made.workspace / "code" / "shop")).replace("MAPPING", "places")
    write(site_of(python), {"own_finder.py": finder, "_shop.pth": "import own_finder\n"})
    with pytest.raises(EnvironmentNotFound, match="not from the workspace") as refused:
        made.run()
    assert "Install bubblewrap" in refused.value.hint


@BOTH
def test_an_installed_copy_does_not_answer_for_the_workspace(
    project: MakeProject, tmp_path: Path, sandbox: str
) -> None:
    """`pip install .` left a copy among the installed packages, which the tests would import for ever."""
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"shop/__init__.py": "", "shop/stock.py": OLD})
    files = {"src/shop/__init__.py": "", "src/shop/stock.py": OLD, "tests/test_it.py": TEST}
    made = changed(project(files, python=str(python), sandbox=sandbox), "src/shop/stock.py")
    assert made.run().passed() == PASSED


def test_a_copy_that_cannot_be_passed_by_stops_the_run(project: MakeProject, tmp_path: Path) -> None:
    """A test that insists on the installed copy can judge nothing."""
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"shop/__init__.py": "", "shop/stock.py": NEW})
    insist = f"import sys\nsys.path.insert(0, {str(site_of(python))!r})\n"
    files = {"shop/__init__.py": "", "shop/stock.py": OLD, "conftest.py": insist, "tests/test_it.py": TEST}
    with pytest.raises(EnvironmentNotFound, match=r"The tests import shop from .*site-packages/shop/__init__\.py"):
        project(files, python=str(python)).run()


@BOTH
def test_a_compiled_extension_that_was_built_in_place_is_there(project: MakeProject, sandbox: str) -> None:
    """As `build_ext --inplace` and editable installs of meson and maturin leave it: ignored by git, beside the code."""
    folder = Path(sysconfig.get_config_var("DESTSHARED") or "")
    built = next(folder.glob("_bisect.*.so"), None)
    if built is None:
        pytest.skip("this interpreter has its extensions built in")
    files = {"shop/__init__.py": "", "shop/stock.py": OLD, "tests/test_it.py": TEST + EXTENSION}
    made = changed(project(files, sandbox=sandbox), "shop/stock.py")
    shutil.copy(built, made.workspace / "shop" / built.name)
    assert made.run().passed() == PASSED | {"tests/test_it.py::test_extension"}


EXTENSION = """

def test_extension():
    import shop._bisect
    assert shop._bisect.bisect_right([1, 3], 2) == 1 and shop._bisect.__file__.endswith(".so")
"""


@BOTH
def test_namespace_packages_and_path_edits_of_a_conftest(project: MakeProject, sandbox: str) -> None:
    """No `__init__.py`, and a conftest that puts a folder of the workspace on the import path."""
    files = {
        "lib/python/shop/stock.py": OLD,
        "tests/conftest.py": "import pathlib, sys\nhere = pathlib.Path(__file__).resolve().parent.parent\n"
        "sys.path.insert(0, str(here / 'lib' / 'python'))\n",
        "tests/test_it.py": TEST,
    }
    made = changed(project(files, sandbox=sandbox), "lib/python/shop/stock.py")
    assert made.run().passed() == PASSED


@BOTH
def test_ignored_environment_and_build_outputs_of_the_workspace_are_there(project: MakeProject, sandbox: str) -> None:
    """They are not in the scratch tree, because git ignores them, and what else git ignores stays out of sight."""
    files = {
        "shop/__init__.py": "",
        "shop/stock.py": OLD,
        "shop/locale/de/LC_MESSAGES/shop.po": "",
        "tests/test_it.py": TEST + "\n\n" + GENERATED,
    }
    made = changed(project(files, sandbox=sandbox), "shop/stock.py")
    python = make_environment(made.workspace / ".venv")
    generated = {"shop/_version.py": "VERSION = '1.2'\n", "shop/locale/de/LC_MESSAGES/shop.mo": "x"}
    write(made.workspace, {**generated, "secrets/key.txt": "x", ".env": "KEY=1", "notes": "x"})
    report = Project(made.workspace, made.tree, Settings(sandbox=sandbox)).run()  # type: ignore[arg-type]
    assert not report.failing()
    assert report.passed() == PASSED | {"tests/test_it.py::test_generated"}
    assert report.command.startswith(str(python))
    assert sorted(path.name for path in made.tree.iterdir()) == ["shop", "tests"]
    assert sorted(path.name for path in (made.tree / "shop").iterdir()) == ["__init__.py", "locale", "stock.py"]


GENERATED = """\
def test_generated():
    import pathlib
    from shop._version import VERSION
    assert VERSION == '1.2'
    root = pathlib.Path(__file__).parent.parent
    assert (root / '.venv' / 'bin' / 'python').exists()
    assert (root / 'shop/locale/de/LC_MESSAGES/shop.mo').exists()
    assert not [name for name in ('secrets', '.env', 'notes') if (root / name).exists()]
"""


def test_a_workspace_inside_a_larger_repository(project: MakeProject, lean_python: Path, tmp_path: Path) -> None:
    """Ids are relative to the workspace, and what lies beside it in the repository is in its place."""
    from autogpt.feedback.environment import find_environment
    from autogpt.feedback.runner import make_runner
    from autogpt.stop import Stop

    files = {
        "pytest.ini": "[pytest]\n",
        "common/shared.txt": "x",
        "services/shop/shop/stock.py": OLD,
        "services/shop/tests/test_it.py": TEST
        + "\n\ndef test_shared():\n    assert open('../../common/shared.txt').read()\n",
    }
    made = changed(project(files), "services/shop/shop/stock.py")
    workspace = made.workspace / "services" / "shop"
    environment = find_environment(workspace, made.settings)
    runner = make_runner(environment, workspace, made.workspace, "services/shop", made.settings, state=tmp_path / "s")
    report = runner.run(made.tree / "services" / "shop", None, timeout=60, stop=Stop())
    assert report.passed() == PASSED | {"tests/test_it.py::test_shared"}


SRC = {
    "src/shop/__init__.py": "PRICE = 3\n",
    "tests/test_shop.py": "import shop\n\n\ndef test_price():\n    assert shop.PRICE == 3\n",
}


@pytest.mark.parametrize("sandbox", ["auto", "off"])
@pytest.mark.parametrize("where", ["tests/test_shop.py", "tests/conftest.py"])
def test_a_src_layout_that_nobody_installed_is_found_and_that_is_said(
    project: MakeProject, sandbox: str, where: str
) -> None:
    """As pytest's own `pythonpath = src` would; the search for edits is told of it, too."""
    made = project({**SRC, where: SRC["tests/test_shop.py"]}, sandbox=sandbox)
    runner = made.runner()
    try:
        report = runner.run(made.tree, None, timeout=60, stop=Stop())
        assert report.passed() == {"tests/test_shop.py::test_price"}
        assert any("src was put on the import path" in remark for remark in runner.remarks())
        assert runner.run(made.tree, None, timeout=60, stop=Stop()).passed() and not runner.remarks()
    finally:
        runner.close()


def test_a_src_layout_that_is_found_is_left_as_it_is(project: MakeProject) -> None:
    """The project's own way wins, and a module that a change lost is the change's fault."""
    made = project({**SRC, "pytest.ini": "[pytest]\npythonpath = src\n"})
    runner = made.runner()
    try:
        assert runner.run(made.tree, None, timeout=60, stop=Stop()).passed()
        made.write({"tests/test_shop.py": "import later\n", "lib/later.py": ""})
        assert runner.run(made.tree, None, timeout=60, stop=Stop()).problem == "collection"
        assert not any("import path" in remark for remark in runner.remarks())
    finally:
        runner.close()
