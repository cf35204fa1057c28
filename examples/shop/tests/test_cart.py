import pytest

from shop.cart import Cart, Line

from .conftest import EARL_GREY, POT, SENCHA


def test_a_new_cart_is_empty():
    assert Cart().lines == []
    assert Cart().subtotal() == 0


def test_the_same_product_makes_one_line(cart):
    cart.add(SENCHA)
    assert cart.lines == [Line(SENCHA, 3), Line(POT, 1)]


def test_at_least_one_piece_is_added(cart):
    with pytest.raises(ValueError):
        cart.add(SENCHA, 0)


def test_pieces_can_be_taken_out(cart):
    cart.remove(SENCHA)
    assert cart.lines == [Line(SENCHA, 1), Line(POT, 1)]


def test_an_empty_line_goes(cart):
    cart.remove(POT)
    assert cart.lines == [Line(SENCHA, 2)]


def test_cannot_take_out_what_is_not_there(cart):
    with pytest.raises(ValueError):
        cart.remove(EARL_GREY)


def test_counts_pieces(cart):
    assert cart.count() == 3


def test_subtotal_is_the_price_of_all_lines(cart):
    assert cart.subtotal() == 2 * 890 + 4500


def test_an_empty_cart_weighs_nothing():
    assert Cart().weight() == 0


def test_weight_of_one_piece():
    cart = Cart()
    cart.add(EARL_GREY)
    assert cart.weight() == 125


def test_weight_counts_every_piece(cart):
    assert cart.weight() == 2 * 100 + 1200
