"""The code that matters is in the prompt, and what does not fit is cut in a way that can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.models.context import Context, gather, listing
from autogpt.models.excerpts import excerpt, outline
from autogpt.models.tree import Tree
from autogpt.task import Position, Range, Target, Task
from tests.models.work import Round, failing, report

PROJECT = {
    "shop/cart.py": "from shop.money import price\nfrom . import stock\n\ndef total(lines):\n    return price(lines)\n",
    "shop/money.py": "def price(x):\n    return x\n",
    "shop/stock.py": "LEFT = 3\n",
    "shop/__init__.py": "",
    "shop/reports.py": "def best_sellers():\n    return []\n",
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n",
    "node_modules/x/index.js": "x",
    "logo.png": "\0\0",
}


def look(at: Round, budget: int = 60_000) -> Context:
    return gather(at.brief, Tree(at.folder), budget)


def names(context: Context) -> list[str]:
    return [shown.path for shown in context.files]


def test_a_failing_test_leads_to_its_file_and_what_it_imports(tmp_path: Path) -> None:
    id = "tests/test_cart.py::test_total"
    at = Round(tmp_path, files=PROJECT, baseline=report(failing(id)), goal=(id,))
    assert names(look(at)) == ["shop/cart.py", "shop/money.py", "shop/stock.py", "tests/test_cart.py"]


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("Make best_sellers() faster", ["shop/reports.py"]),
        ("Mend `price`", ["shop/money.py"]),
        ("Tidy shop/stock.py", ["shop/stock.py"]),
        ("tidy stock.py", ["shop/stock.py"]),
    ],
)
def test_the_words_of_a_task_lead_to_files(tmp_path: Path, text: str, files: list[str]) -> None:
    assert names(look(Round(tmp_path, files=PROJECT, task=Task("implement", str(tmp_path), text), goal=()))) == files


def test_where_nothing_leads_to_a_file_its_words_do(tmp_path: Path) -> None:
    """A model that sees no code at all can only guess; most tasks name something that the right file names too."""
    files = {f"m{n:02}.py": f"X = {n}\n" for n in range(20)} | {"tea.py": "TEA = 'sencha'  # what we sell\n"}
    at = Round(tmp_path, files=files, task=Task("implement", str(tmp_path), "Sell more sencha"), goal=())
    found = names(look(at))
    assert "tea.py" in found and len(found) == 8


def test_a_target_brings_its_imports(tmp_path: Path) -> None:
    task = Task("implement", str(tmp_path), "Speed it up", Target("shop/cart.py"))
    found = names(look(Round(tmp_path, files=PROJECT, task=task, goal=())))
    assert found == ["shop/cart.py", "shop/money.py", "shop/stock.py"]


def test_the_listing_leaves_out_what_is_not_the_projects(tmp_path: Path) -> None:
    at = Round(tmp_path, files={**PROJECT, ".env": "A=1", "deploy.pem": "x"})
    listed = listing(Tree(at.folder)).splitlines()
    assert "shop/cart.py" in listed and not {".env", "deploy.pem", "node_modules/x/index.js"} & set(listed)


def test_a_large_project_is_listed_by_folder(tmp_path: Path) -> None:
    at = Round(tmp_path, files={f"pkg{n % 3}/m{n}.py": "" for n in range(400)})
    assert listing(Tree(at.folder)).splitlines() == ["pkg0/ (134 files)", "pkg1/ (133 files)", "pkg2/ (133 files)"]


def test_a_file_too_long_is_shown_around_the_place(tmp_path: Path) -> None:
    long = "".join(f"line_{n} = {n}\n" for n in range(1, 3001))
    place = Range(Position(1499, 0), Position(1500, 0))
    task = Task("implement", str(tmp_path), "Change it", Target("long.py", place))
    (shown,) = look(Round(tmp_path, files={"long.py": long}, task=task, goal=()), budget=8000).files
    assert shown.note == "only lines 1440-1561 of 3000" and "line_1500 = 1500" in shown.text and len(shown.text) < 3000


def test_a_file_too_long_without_a_place_is_outlined(tmp_path: Path) -> None:
    long = "class A:\n    def f(self, x):\n        return x\n" + "y = 1\n" * 5000
    task = Task("implement", str(tmp_path), "Change long.py")
    (shown,) = look(Round(tmp_path, files={"long.py": long}, task=task, goal=()), budget=8000).files
    assert shown.text == "1-3: class A\n2-3:   def f(self, x)" and "outline" in shown.note


def test_no_budget_shows_nothing(tmp_path: Path) -> None:
    assert look(Round(tmp_path, files=PROJECT), budget=0).files == ()


def test_what_is_laid_over_the_tree_is_seen(tmp_path: Path) -> None:
    at = Round(tmp_path, files=PROJECT)
    tree = Tree(at.folder, {"shop/new.py": b"N = 1\n", "shop/money.py": None})
    assert tree.text("shop/new.py") == "N = 1\n" and tree.text("shop/money.py") is None
    assert "shop/new.py" in list(tree.paths()) and "shop/money.py" not in list(tree.paths())


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("S = 1")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.py").symlink_to(tmp_path / "secret.py")
    assert Tree(root).text("link.py") is None and Tree(root).escapes("../secret.py")


def test_an_excerpt_joins_places_that_are_near() -> None:
    text = "".join(f"{n}\n" for n in range(1, 301))
    assert excerpt("a.txt", text, [(20, 80), (30, 90)])[1] == "only lines 20-90 of 300"
    assert excerpt("a.txt", text, [(-29, 31), (170, 230)])[1] == "only lines 1-31, 170-230 of 300"


def test_what_an_excerpt_leaves_out_is_marked_and_named() -> None:
    """Two parts with a blank line between them read as one; and what is defined between them was asked for."""
    text = "A = 1\n" * 20 + "class Cart:\n    def total(self):\n        return 0\n" + "B = 2\n" * 20
    part, _ = excerpt("cart.py", text, [(1, 2), (42, 43)])
    assert "A = 1\n[lines 3-41 are left out]\n[21-23: class Cart]\n[22-23:   def total(self)]\nB = 2" in part
    assert part.count("left out") == 1 and part.endswith("B = 2\nB = 2\n")


def test_an_outline_knows_several_languages() -> None:
    text = "export function f(a) {\n}\nfunc (s *T) G() int {\n}\npub fn h() {\n}\n    async def k(x):\n"
    assert outline(text).splitlines() == [
        "export function f(a)",
        "func (s *T) G() int",
        "pub fn h()",
        "    async def k(x)",
    ]
