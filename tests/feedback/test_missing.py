"""What a test lacks on the machine is told from what is wrong with the code, in real reports."""

from __future__ import annotations

from autogpt.feedback.missing import what_is_missing
from tests.feedback.projects import MakeProject, Project

CONFTEST = """\
import locale
import pytest

@pytest.fixture
def swedish():
    locale.setlocale(locale.LC_ALL, "xx_XX.nothing")
"""


def _said(project: Project, own: frozenset[str] = frozenset()) -> list[str]:
    report = project.run()
    outcomes = [report.outcomes[id] for id in report.failing()]
    assert outcomes
    return what_is_missing(outcomes, "bin/python", own.__contains__, report.outcomes)


def test_a_module_that_is_not_installed_is_named_once_for_all_its_files(project: MakeProject) -> None:
    """No edit mends that, and a person who is not told looks for a bug."""
    files = {f"test_{name}.py": "import nosuch.part\n\ndef test(): pass\n" for name in "ab"}
    (said,) = _said(project(files))
    assert said == (
        "2 tests or files of tests fail (test_a.py, …) because bin/python has no module nosuch. "
        "No change of the code mends that: install it there."
    )


def test_a_module_of_the_project_is_a_matter_of_the_code(project: MakeProject) -> None:
    """It may have been renamed, or is still to be written."""
    assert _said(project({"test_a.py": "import shop.cart\n\ndef test(): pass\n"}), frozenset({"shop"})) == []


def test_a_fixture_that_nobody_defines_may_be_that_of_a_plugin(project: MakeProject) -> None:
    (said,) = _said(project({"test_a.py": "def test_a(mocker): pass\n"}))
    assert said.startswith(
        "test_a.py::test_a fails because nothing defines the fixture mocker. Where a plugin of pytest"
    )


def test_a_set_up_that_the_machine_refuses_is_told_with_its_line(project: MakeProject) -> None:
    files = {"conftest.py": CONFTEST, "test_a.py": "def test_a(swedish): pass\n\ndef test_b(swedish): pass\n"}
    (said,) = _said(project(files))
    assert said == (
        "2 tests or files of tests fail (test_a.py::test_a, …) before the test begins, outside of the project's code: "
        "Error: unsupported locale setting (conftest.py:6, "
        'locale.setlocale(locale.LC_ALL, "xx_XX.nothing")). '
        "That is mostly the machine or its settings, and not the code."
    )


def test_a_set_up_that_fails_in_the_project_is_a_matter_of_the_code(project: MakeProject) -> None:
    conftest = "import pytest, shop\n\n@pytest.fixture\ndef cart():\n    return shop.cart()\n"
    files = {
        "conftest.py": conftest,
        "shop.py": "def cart():\n    return [][0]\n",
        "test_a.py": "def test(cart): pass\n",
    }
    assert _said(project(files)) == []


def test_frames_are_of_files_only(project: MakeProject) -> None:
    """The import system's own frames say nothing, and crowd out those that do."""
    report = project({"test_a.py": "import shop\n", "shop.py": "1 / 0\n"}).run()
    assert [frame.path for frame in report.outcomes["test_a.py"].frames] == ["test_a.py", "shop.py"]
