"""What lies on the shelf, and how much of it is promised to somebody."""

from __future__ import annotations

from collections import Counter


class OutOfStock(Exception):
    """Fewer free pieces than asked for."""


class Stock:
    def __init__(self, levels: dict[str, int] | None = None) -> None:
        self._on_hand: Counter[str] = Counter(levels or {})
        self._reserved: Counter[str] = Counter()

    def on_hand(self, sku: str) -> int:
        return self._on_hand[sku]

    def reserved(self, sku: str) -> int:
        return self._reserved[sku]

    def free(self, sku: str) -> int:
        """Pieces that can still be promised."""
        return self._on_hand[sku] - self._reserved[sku]

    def receive(self, sku: str, quantity: int) -> None:
        """A delivery came in."""
        if quantity <= 0:
            raise ValueError("a delivery has at least one piece")
        self._on_hand[sku] += quantity

    def reserve(self, sku: str, quantity: int) -> None:
        """Promise pieces to an order."""
        if quantity > self.free(sku):
            raise OutOfStock(f"{sku}: {quantity} wanted, {self.free(sku)} free")
        self._reserved[sku] += quantity

    def release(self, sku: str, quantity: int) -> None:
        """Take a promise back."""
        if quantity > self._reserved[sku]:
            raise ValueError(f"{sku}: only {self._reserved[sku]} reserved")
        self._reserved[sku] -= quantity

    def ship(self, sku: str, quantity: int) -> None:
        """Promised pieces leave the house."""
        if quantity > self._reserved[sku]:
            raise ValueError(f"{sku}: only {self._reserved[sku]} reserved")
        self._on_hand[sku] -= quantity

    def running_low(self, minimum: int) -> list[str]:
        """The numbers of all products with fewer free pieces than the minimum, in alphabetical order."""
        raise NotImplementedError
