"""The products on sale."""

from __future__ import annotations

from dataclasses import dataclass

from shop.text import words


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: int
    weight: int
    category: str = "tea"


class UnknownProduct(LookupError):
    """No product has this number."""


class Catalogue:
    def __init__(self, products: list[Product] | None = None) -> None:
        self._products: dict[str, Product] = {}
        for product in products or []:
            self.add(product)

    def add(self, product: Product) -> None:
        if product.sku in self._products:
            raise ValueError(f"{product.sku} is already in the catalogue")
        self._products[product.sku] = product

    def get(self, sku: str) -> Product:
        try:
            return self._products[sku]
        except KeyError:
            raise UnknownProduct(sku) from None

    def __len__(self) -> int:
        return len(self._products)

    def __contains__(self, sku: str) -> bool:
        return sku in self._products

    def categories(self) -> list[str]:
        """Every category once, in alphabetical order."""
        return sorted({product.category for product in self._products.values()})

    def search(self, query: str) -> list[Product]:
        """Products that have every word of the query in their name, cheapest first."""
        wanted = words(query)
        found = [product for product in self._products.values() if all(word in words(product.name) for word in wanted)]
        return sorted(found, key=lambda product: (product.price, product.name))

    def starting_with(self, prefix: str) -> list[str]:
        """Names for the search box as it is typed, whatever the case."""
        prefix = prefix.strip().lower()
        return sorted(product.name for product in self._products.values() if product.name.startswith(prefix))
