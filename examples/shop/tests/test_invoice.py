from shop.invoice import WIDTH, describe, render

from .conftest import MONDAY


def test_one_piece_is_not_counted():
    assert describe(1, "Sencha") == "Sencha"
    assert describe(2, "Sencha") == "2 x Sencha"


def test_a_receipt(desk, cart):
    text = render(desk.place("Ada", cart, MONDAY), postage=490, voucher=1000)
    assert text.splitlines() == [
        "Order 2024-0001               2024-03-04",
        "----------------------------------------",
        "2 x Sencha                         17.80",
        "Clay Pot                           45.00",
        "Voucher                           -10.00",
        "Postage                             4.90",
        "----------------------------------------",
        "Total                              57.70",
        "Tax included                        8.36",
    ]


def test_a_receipt_without_extras(desk, cart):
    text = render(desk.place("Ada", cart, MONDAY))
    assert "Voucher" not in text
    assert "Postage" not in text
    assert all(len(line) == WIDTH for line in text.splitlines())
