from datetime import date

import pytest

from shop.cart import Line
from shop.orders import Order
from shop.reports import best_sellers, customers, moving_average, turnover

from .conftest import BOOK, EARL_GREY, MONDAY, POT, SENCHA

TUESDAY = date(2024, 3, 5)


@pytest.fixture
def orders():
    return [
        Order("2024-0002", "Bo", [Line(EARL_GREY, 4), Line(BOOK, 1)], TUESDAY),
        Order("2024-0001", "Ada", [Line(SENCHA, 3)], MONDAY),
        Order("2024-0003", "Ada", [Line(SENCHA, 2), Line(POT, 1)], TUESDAY),
        Order("2024-0004", "Cy", [Line(POT, 2)], TUESDAY, status="cancelled"),
    ]


def test_turnover_by_day(orders):
    assert turnover(orders) == {MONDAY: 2670, TUESDAY: 3800 + 6280}
    assert list(turnover(orders)) == [MONDAY, TUESDAY]


def test_best_sellers(orders):
    assert best_sellers(orders, 2) == [("Sencha", 5), ("Earl Grey, loose", 4)]


def test_best_sellers_with_equal_pieces_come_by_name(orders):
    assert best_sellers(orders, 9)[2:] == [("Clay Pot", 1), ("The Book of Tea", 1)]


def test_moving_average():
    assert moving_average([1, 2, 3, 6], 2) == [1.5, 2.5, 4.5]
    assert moving_average([1, 2], 3) == []


def test_a_window_has_a_value():
    with pytest.raises(ValueError):
        moving_average([1, 2], 0)


def test_best_customers_come_first(orders):
    assert list(customers(orders).items()) == [("Ada", 8950), ("Bo", 3800)]
