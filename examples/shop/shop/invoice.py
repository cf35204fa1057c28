"""The receipt as text."""

from __future__ import annotations

from shop.money import format_amount
from shop.orders import Order
from shop.pricing import included_tax, line_price
from shop.text import row

WIDTH = 40


def describe(quantity: int, name: str) -> str:
    """`2 x Sencha`, or the name alone for one piece."""
    return f"{quantity} x {name}" if quantity > 1 else name


def render(order: Order, postage: int = 0, voucher: int = 0) -> str:
    """The whole receipt, each line at most `WIDTH` characters wide."""
    lines = [row(f"Order {order.number}", order.day.isoformat(), WIDTH), "-" * WIDTH]
    goods = 0
    tax = 0
    for line in order.lines:
        lines.append(row(describe(line.product.name, line.quantity), format_amount(line_price(line)), WIDTH))
        goods += line_price(line)
        tax += included_tax(line)
    if voucher:
        lines.append(row("Voucher", format_amount(-voucher), WIDTH))
    if postage:
        lines.append(row("Postage", format_amount(postage), WIDTH))
    lines.append("-" * WIDTH)
    lines.append(row("Total", format_amount(goods - voucher + postage), WIDTH))
    lines.append(row("Tax included", format_amount(tax), WIDTH))
    return "\n".join(lines)
