"""What a customer has picked so far."""

from __future__ import annotations

from dataclasses import dataclass

from shop.catalogue import Product


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int

    @property
    def price(self) -> int:
        return self.product.price * self.quantity


class Cart:
    def __init__(self) -> None:
        self._quantities: dict[Product, int] = {}

    def add(self, product: Product, quantity: int = 1) -> None:
        if quantity < 1:
            raise ValueError("at least one piece")
        self._quantities[product] = self._quantities.get(product, 0) + quantity

    def remove(self, product: Product, quantity: int = 1) -> None:
        """Take pieces out; the line goes when none is left."""
        left = self._quantities.get(product, 0) - quantity
        if left < 0:
            raise ValueError(f"there are not {quantity} of {product.name} in the cart")
        if left == 0:
            del self._quantities[product]
        else:
            self._quantities[product] = left

    @property
    def lines(self) -> list[Line]:
        """One line for each product, in the order they were first added."""
        return [Line(product, quantity) for product, quantity in self._quantities.items()]

    def count(self) -> int:
        """All pieces together."""
        return sum(self._quantities.values())

    def subtotal(self) -> int:
        """The price of all lines, before discounts and postage."""
        return sum(line.price for line in self.lines)

    def weight(self) -> int:
        """The weight of all pieces together, in grams."""
        raise NotImplementedError
