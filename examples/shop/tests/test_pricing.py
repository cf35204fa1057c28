import pytest

from shop.cart import Line
from shop.pricing import Voucher, bulk_rate, check_rate, included_tax, line_price, total

from .conftest import POT, SENCHA


@pytest.mark.parametrize(("quantity", "rate"), [(1, 0), (9, 0), (12, 5), (30, 10), (80, 15)])
def test_more_pieces_cost_less_each(quantity, rate):
    assert bulk_rate(quantity) == rate


def test_a_tier_begins_at_its_minimum():
    assert [bulk_rate(quantity) for quantity in (10, 20, 50)] == [5, 10, 15]


def test_bulk_discount_on_a_line():
    assert line_price(Line(SENCHA, 2)) == 1780
    assert line_price(Line(SENCHA, 25)) == 22250 - 2225


def test_total_of_a_cart(cart):
    assert total(cart) == 6280


def test_a_voucher_is_taken_off(cart):
    assert total(cart, Voucher("SPRING", 500)) == 5780


def test_a_voucher_may_want_a_minimum(cart):
    assert total(cart, Voucher("SPRING", 500, minimum=6280)) == 5780
    assert total(cart, Voucher("SPRING", 500, minimum=6281)) == 6280


def test_a_voucher_never_pays_out(cart):
    assert total(cart, Voucher("GIFT", 10_000)) == 0


def test_tax_is_contained_in_the_price():
    assert included_tax(Line(SENCHA, 2)) == 117
    assert included_tax(Line(POT, 1)) == 719


@pytest.mark.parametrize("rate", [0, 19, 100])
def test_a_percentage_is_passed_on(rate):
    assert check_rate(rate) == rate


@pytest.mark.parametrize("rate", [-1, 101])
def test_what_is_no_percentage_is_refused(rate):
    with pytest.raises(ValueError):
        check_rate(rate)
