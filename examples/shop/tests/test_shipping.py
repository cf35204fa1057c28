from datetime import date

import pytest

from shop.shipping import ceil_div, delivery_day, parcels, postage, postage_due

from .conftest import MONDAY


def test_units_begun_count():
    assert [ceil_div(amount, 1000) for amount in (0, 1, 1000, 1001)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(0, []), (800, [800]), (10_000, [10_000]), (25_500, [10_000, 10_000, 5_500])],
)
def test_parcels(weight, expected):
    assert parcels(weight) == expected


def test_postage_of_one_parcel():
    assert postage(800, "home") == 450
    assert postage(2_100, "europe") == 890 + 3 * 150


def test_postage_of_several_parcels():
    assert postage(12_000, "home") == 2 * 390 + 12 * 60


def test_unknown_zone():
    with pytest.raises(ValueError):
        postage(800, "moon")


def test_postage_is_free_at_home_for_large_orders():
    assert postage_due(800, "home", 4_999) == 450
    assert postage_due(800, "home", 5_000) == 0


def test_postage_abroad_is_never_free():
    assert postage_due(800, "europe", 9_000) == 1040


def test_delivery_in_the_week():
    assert delivery_day(MONDAY, "home") == date(2024, 3, 6)


def test_weekends_do_not_count():
    assert delivery_day(date(2024, 3, 8), "home") == date(2024, 3, 12)
    assert delivery_day(MONDAY, "europe") == date(2024, 3, 11)
