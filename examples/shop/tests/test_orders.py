from datetime import date

import pytest

from shop.cart import Cart
from shop.orders import WrongStep
from shop.stock import OutOfStock

from .conftest import EARL_GREY_TIN, MONDAY, POT, SENCHA


def test_placing_reserves_the_goods(desk, cart):
    order = desk.place("Ada", cart, MONDAY)
    assert order.status == "placed"
    assert order.amount == 6280
    assert desk.stock.free("T-01") == 38


def test_orders_are_numbered_within_the_year(desk, cart):
    small = Cart()
    small.add(SENCHA)
    numbers = [desk.place("Ada", small, day).number for day in (MONDAY, MONDAY, date(2025, 1, 2))]
    assert numbers == ["2024-0001", "2024-0002", "2025-0001"]


def test_nothing_stays_reserved_when_a_line_cannot_be_had(desk):
    cart = Cart()
    cart.add(SENCHA, 5)
    cart.add(EARL_GREY_TIN, 9)
    with pytest.raises(OutOfStock):
        desk.place("Ada", cart, MONDAY)
    assert desk.stock.free("T-01") == 40
    assert desk.orders == {}


def test_an_order_goes_step_by_step(desk, cart):
    number = desk.place("Ada", cart, MONDAY).number
    assert [desk.advance(number) for _ in range(3)] == ["packed", "shipped", "delivered"]
    assert desk.orders[number].history == ["placed", "packed", "shipped", "delivered"]


def test_a_delivered_order_goes_no_further(desk, cart):
    number = desk.place("Ada", cart, MONDAY).number
    for _ in range(3):
        desk.advance(number)
    with pytest.raises(WrongStep):
        desk.advance(number)


def test_shipping_an_order_empties_the_shelf(desk, cart):
    number = desk.place("Ada", cart, MONDAY).number
    desk.advance(number)
    assert desk.stock.on_hand("P-01") == 2
    desk.advance(number)
    assert desk.stock.on_hand("P-01") == 1


def test_cancelling_gives_back_what_was_reserved(desk, cart):
    number = desk.place("Ada", cart, MONDAY).number
    desk.advance(number)
    desk.cancel(number)
    assert desk.orders[number].status == "cancelled"
    assert desk.stock.free("T-01") == 40


def test_a_shipped_order_cannot_be_cancelled(desk, cart):
    order = desk.place("Ada", cart, MONDAY)
    desk.advance(order.number)
    desk.advance(order.number)
    assert not order.can_cancel()


def test_a_delivered_order_cannot_be_cancelled(desk, cart):
    order = desk.place("Ada", cart, MONDAY)
    for _ in range(3):
        desk.advance(order.number)
    assert not order.can_cancel()


def test_an_order_is_cancelled_once(desk, cart):
    order = desk.place("Ada", cart, MONDAY)
    desk.cancel(order.number)
    with pytest.raises(WrongStep):
        desk.cancel(order.number)


def test_open_orders_come_oldest_first(desk):
    cart = Cart()
    cart.add(SENCHA)
    late = desk.place("Ada", cart, date(2024, 3, 9))
    early = desk.place("Bo", cart, MONDAY)
    gone = desk.place("Cy", cart, MONDAY)
    desk.cancel(gone.number)
    assert desk.open_orders() == [early, late]


def test_the_last_pot(desk):
    cart = Cart()
    cart.add(POT, 2)
    desk.place("Ada", cart, MONDAY)
    with pytest.raises(OutOfStock):
        desk.place("Bo", cart, MONDAY)
