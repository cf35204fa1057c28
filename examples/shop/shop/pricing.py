"""Discounts, vouchers and tax."""

from __future__ import annotations

from dataclasses import dataclass

from shop.cart import Cart, Line
from shop.money import percent

TAX_RATES = {"tea": 7, "books": 7, "pottery": 19}
BULK_TIERS = ((50, 15), (20, 10), (10, 5))
"""(pieces, percent off), the largest first."""


@dataclass(frozen=True)
class Voucher:
    code: str
    value: int
    minimum: int = 0

    def worth(self, amount: int) -> int:
        """What the voucher takes off an amount: nothing below its minimum, never more than there is to pay."""
        if amount < self.minimum:
            return 0
        return min(self.value, amount)


def check_rate(rate: int) -> int:
    """The rate itself, if it is a percentage from 0 to 100; otherwise raise ValueError."""
    raise NotImplementedError


def bulk_rate(quantity: int) -> int:
    """The percentage off for so many pieces of one product."""
    for minimum, rate in BULK_TIERS:
        if quantity > minimum:
            return rate
    return 0


def line_price(line: Line) -> int:
    """The price of a line after its bulk discount."""
    return line.price - percent(line.price, bulk_rate(line.quantity))


def total(cart: Cart, voucher: Voucher | None = None) -> int:
    """What the goods cost after all discounts."""
    amount = sum(line_price(line) for line in cart.lines)
    if voucher is not None:
        amount -= voucher.worth(amount)
    return amount


def included_tax(line: Line) -> int:
    """The tax that is contained in a line's price."""
    rate = TAX_RATES.get(line.product.category, 19)
    price = line_price(line)
    return price - price * 100 // (100 + rate)
