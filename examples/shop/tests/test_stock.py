import pytest

from shop.stock import OutOfStock, Stock


def test_free_is_what_is_not_promised(stock):
    stock.reserve("T-01", 15)
    assert stock.on_hand("T-01") == 40
    assert stock.free("T-01") == 25


def test_an_unknown_product_has_no_pieces(stock):
    assert stock.free("X-99") == 0


def test_a_delivery_adds_up(stock):
    stock.receive("P-01", 3)
    assert stock.free("P-01") == 5


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_delivery_has_pieces(stock, quantity):
    with pytest.raises(ValueError):
        stock.receive("P-01", quantity)


def test_cannot_promise_more_than_there_is(stock):
    stock.reserve("T-03", 2)
    with pytest.raises(OutOfStock):
        stock.reserve("T-03", 2)
    assert stock.free("T-03") == 1


def test_the_last_piece_can_be_promised(stock):
    stock.reserve("P-01", 2)
    assert stock.free("P-01") == 0


def test_a_promise_can_be_taken_back(stock):
    stock.reserve("T-01", 5)
    stock.release("T-01", 3)
    assert stock.reserved("T-01") == 2


def test_cannot_take_back_more_than_was_promised(stock):
    stock.reserve("T-01", 5)
    with pytest.raises(ValueError):
        stock.release("T-01", 6)


def test_shipping_takes_from_the_shelf(stock):
    stock.reserve("T-01", 5)
    stock.ship("T-01", 5)
    assert stock.on_hand("T-01") == 35


def test_what_was_shipped_is_no_longer_promised(stock):
    stock.reserve("T-01", 5)
    stock.ship("T-01", 4)
    assert stock.reserved("T-01") == 1
    assert stock.free("T-01") == 35


def test_only_promised_pieces_are_shipped(stock):
    with pytest.raises(ValueError):
        stock.ship("T-01", 1)


def test_nothing_runs_low_on_a_full_shelf(stock):
    assert stock.running_low(2) == []


def test_what_runs_low_comes_in_order(stock):
    assert stock.running_low(10) == ["P-01", "T-03"]
    assert Stock({"b": 1, "a": 2, "c": 5}).running_low(3) == ["a", "b"]


def test_promised_pieces_do_not_count(stock):
    stock.reserve("T-02", 20)
    assert stock.running_low(6) == ["P-01", "T-02", "T-03"]
    assert stock.running_low(5) == ["P-01", "T-03"]
