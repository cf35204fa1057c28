"""Amounts of money, always as whole cents."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d{1,2}))?")


def parse_amount(text: str) -> int:
    """Read `12`, `12.5` or `-3.40` as cents."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, fraction = match.groups()
    cents = int(whole) * 100 + int((fraction or "").ljust(2, "0"))
    return -cents if sign else cents


def format_amount(cents: int) -> str:
    """Write cents with two digits after the point, and commas between thousands."""
    sign = "-" if cents < 0 else ""
    whole, fraction = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{fraction:02d}"


def percent(amount: int, rate: int) -> int:
    """`rate` percent of an amount, half a cent rounded up."""
    return (amount * rate + 50) // 100


def allocate(total: int, weights: list[int]) -> list[int]:
    """Split a total in proportion to weights; the cents that are left over go, one each, to the first shares."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    left = whole - sum(shares)
    for index in range(left - 1):
        shares[index] += 1
    return shares
