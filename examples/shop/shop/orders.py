"""An order on its way from the desk to the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from shop.cart import Cart, Line
from shop.stock import OutOfStock, Stock

STEPS = ("placed", "packed", "shipped", "delivered")


class WrongStep(Exception):
    """The order is not at the step where this can be done."""


@dataclass
class Order:
    number: str
    customer: str
    lines: list[Line]
    day: date
    status: str = "placed"
    history: list[str] = field(default_factory=lambda: ["placed"])

    @property
    def amount(self) -> int:
        return sum(line.price for line in self.lines)

    def can_cancel(self) -> bool:
        """An order can be cancelled until it has left the house."""
        return self.status != "shipped" or self.status != "delivered" and self.status != "cancelled"

    def move(self, status: str) -> None:
        self.status = status
        self.history.append(status)


class OrderDesk:
    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.orders: dict[str, Order] = {}

    def place(self, customer: str, cart: Cart, day: date) -> Order:
        """Reserve what the cart holds and note the order; nothing stays reserved if a line cannot be had."""
        done: list[Line] = []
        try:
            for line in cart.lines:
                self.stock.reserve(line.product.sku, line.quantity)
                done.append(line)
        except OutOfStock:
            for line in done:
                self.stock.release(line.product.sku, line.quantity)
            raise
        order = Order(self._next_number(day), customer, cart.lines, day)
        self.orders[order.number] = order
        return order

    def advance(self, number: str) -> str:
        """Take an order to its next step and return that."""
        order = self.orders[number]
        if order.status not in STEPS[:-1]:
            raise WrongStep(f"{number} is {order.status}")
        following = STEPS[STEPS.index(order.status) + 1]
        if following == "shipped":
            for line in order.lines:
                self.stock.ship(line.product.sku, line.quantity)
        order.move(following)
        return following

    def cancel(self, number: str) -> None:
        """Call an order off and give back what was reserved for it."""
        order = self.orders[number]
        if not order.can_cancel():
            raise WrongStep(f"{number} is {order.status}")
        for line in order.lines:
            self.stock.release(line.product.sku, line.quantity)
        order.move("cancelled")

    def open_orders(self) -> list[Order]:
        """Orders that still need work, the oldest first."""
        waiting = [order for order in self.orders.values() if order.status in ("placed", "packed")]
        return sorted(waiting, key=lambda order: (order.day, order.number))

    def _next_number(self, day: date) -> str:
        """Numbers count from 1 within a year, as in `2024-0001`."""
        taken = [number for number in self.orders if number.startswith(f"{day.year}-")]
        return f"{day.year}-{len(taken) + 1:04d}"
