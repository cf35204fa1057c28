"""The example has exactly the work in it that it is meant to have, and a way to finish it is known."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = Path(__file__).parents[2] / "examples" / "shop"
SOLUTION = Path(__file__).with_name("shop_solution.patch")

WORK = {
    "cart": (
        "test_cart.py::test_an_empty_cart_weighs_nothing",
        "test_cart.py::test_weight_of_one_piece",
        "test_cart.py::test_weight_counts_every_piece",
    ),
    "catalogue": (
        "test_catalogue.py::test_completes_a_name",
        "test_catalogue.py::test_completion_ignores_case",
    ),
    "invoice": (
        "test_invoice.py::test_a_receipt",
        "test_invoice.py::test_a_receipt_without_extras",
    ),
    "money": (
        "test_money.py::test_cents_left_over_go_to_the_first_shares",
        "test_money.py::test_no_cent_is_lost",
    ),
    "orders": (
        "test_orders.py::test_a_shipped_order_cannot_be_cancelled",
        "test_orders.py::test_a_delivered_order_cannot_be_cancelled",
        "test_orders.py::test_an_order_is_cancelled_once",
    ),
    "pricing": (
        "test_pricing.py::test_a_tier_begins_at_its_minimum",
        "test_pricing.py::test_a_percentage_is_passed_on[0]",
        "test_pricing.py::test_a_percentage_is_passed_on[19]",
        "test_pricing.py::test_a_percentage_is_passed_on[100]",
        "test_pricing.py::test_what_is_no_percentage_is_refused[-1]",
        "test_pricing.py::test_what_is_no_percentage_is_refused[101]",
    ),
    "reports": (
        "test_reports.py::test_best_sellers",
        "test_reports.py::test_best_sellers_with_equal_pieces_come_by_name",
    ),
    "stock": (
        "test_stock.py::test_what_was_shipped_is_no_longer_promised",
        "test_stock.py::test_nothing_runs_low_on_a_full_shelf",
        "test_stock.py::test_what_runs_low_comes_in_order",
        "test_stock.py::test_promised_pieces_do_not_count",
    ),
    "text": (
        "test_text.py::test_slug_of_a_plain_title",
        "test_text.py::test_slug_joins_words_with_dashes",
        "test_text.py::test_slug_drops_punctuation",
    ),
}
"""Failing tests by the module whose bug or unfinished function makes them fail."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    return folder


def failing(shop: Path) -> set[str]:
    """Run the suite as a user would, in a process of its own; the ids that failed, without the folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "--tb=no", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return set(re.findall(r"^FAILED tests/(\S+)", done.stdout, re.MULTILINE))


def solve(shop: Path, *modules: str) -> None:
    """Apply the known solution to these modules, or to all."""
    includes = [f"--include=shop/{module}.py" for module in modules]
    subprocess.run(["git", "apply", *includes, str(SOLUTION)], cwd=shop, check=True)


def test_exactly_the_intended_tests_fail(shop: Path) -> None:
    assert failing(shop) == {test for tests in WORK.values() for test in tests}


def test_the_known_solution_turns_everything_green(shop: Path) -> None:
    solve(shop)

    assert failing(shop) == set()


def test_the_modules_do_not_depend_on_each_others_repairs(shop: Path) -> None:
    """So each can be asked for by itself. Half of the modules stands for all, to keep the suite fast."""
    chosen = tuple(WORK)[::2]

    solve(shop, *chosen)

    assert failing(shop) == {test for module, tests in WORK.items() if module not in chosen for test in tests}


@pytest.mark.parametrize("half", [("whole - sum", "total - sum"), ("range(left - 1)", "range(left)")])
def test_the_double_bug_needs_both_edits(shop: Path, half: tuple[str, str]) -> None:
    module = shop / "shop" / "money.py"
    text = module.read_text()
    assert half[0] in text

    module.write_text(text.replace(*half))

    assert set(WORK["money"]) <= failing(shop)
