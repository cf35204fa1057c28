"""Tests that a change can reach come first; one that is missed is run later, one too many costs a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.feedback.affected import affected_files, reached

SHOP = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "from .tax import rate\n",
    "src/shop/tax.py": "from shop import money\n",
    "src/shop/money.py": "",
    "src/shop/mail.py": "import smtplib\n",
    "tests/conftest.py": "from helper import make\n",
    "tests/helper.py": "",
    "tests/test_cart.py": "import shop.cart\n",
    "tests/test_mail.py": "def test_it():\n    from shop.mail import send\n",
    "tests/test_none.py": "",
    "broken.py": "def (:\n",
}


def found_tests(*changed: str) -> set[str]:
    found = reached({path: text.encode() for path, text in SHOP.items()}, changed)
    return {path for path in found if path.startswith("tests/test_")}


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("src/shop/cart.py", {"tests/test_cart.py"}),
        ("src/shop/money.py", {"tests/test_cart.py"}),
        ("src/shop/mail.py", {"tests/test_mail.py"}),
        ("src/shop/__init__.py", {"tests/test_cart.py", "tests/test_mail.py"}),
        ("tests/helper.py", {"tests/test_cart.py", "tests/test_mail.py", "tests/test_none.py"}),
        ("tests/test_none.py", {"tests/test_none.py"}),
        ("src/shop/new.py", set[str]()),
    ],
)
def test_imports_are_followed(changed: str, tests: set[str]) -> None:
    """Over several steps, relative or not, inside functions, through packages and conftest.py."""
    assert found_tests(changed) == tests


def test_a_change_of_data_may_reach_anything(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("{}")
    assert affected_files(tmp_path, ["data.json"]) is None


def test_a_tree_is_read_without_what_is_installed_in_it(tmp_path: Path) -> None:
    for name in ("a.py", "test_a.py", ".venv/lib/test_b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("" if name == "a.py" else "import a\n")
    assert affected_files(tmp_path, ["a.py"]) == {"a.py", "test_a.py"}
