"""Turnover and best sellers."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from shop.orders import Order


def valid(orders: list[Order]) -> list[Order]:
    """All orders but the cancelled ones."""
    return [order for order in orders if order.status != "cancelled"]


def turnover(orders: list[Order]) -> dict[date, int]:
    """What was sold on each day, days in order."""
    days: dict[date, int] = defaultdict(int)
    for order in valid(orders):
        days[order.day] += order.amount
    return dict(sorted(days.items()))


def best_sellers(orders: list[Order], count: int = 3) -> list[tuple[str, int]]:
    """Names and pieces of the products sold most, the most first, and by name where pieces are equal."""
    pieces: Counter[str] = Counter()
    for order in valid(orders):
        for line in order.lines:
            pieces[line.product.name] += line.quantity
    ranking = sorted(pieces.items(), key=lambda item: (item[1], item[0]))
    return ranking[:count]


def moving_average(values: list[int], window: int) -> list[float]:
    """The mean of each run of `window` values; empty when there are fewer."""
    if window < 1:
        raise ValueError("a window has at least one value")
    return [sum(values[start : start + window]) / window for start in range(len(values) - window + 1)]


def customers(orders: list[Order]) -> dict[str, int]:
    """What each customer has spent, the most first."""
    spent: Counter[str] = Counter()
    for order in valid(orders):
        spent[order.customer] += order.amount
    return dict(spent.most_common())
