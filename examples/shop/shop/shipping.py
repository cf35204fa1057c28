"""Parcels, postage and the day of delivery."""

from __future__ import annotations

from datetime import date, timedelta

MAX_PARCEL = 10_000
POSTAGE = {"home": (390, 60), "europe": (890, 150), "world": (1490, 420)}
"""By zone: cents for each parcel, and for each kilogram begun."""
FREE_FROM = 5_000
DAYS = {"home": 2, "europe": 5, "world": 12}


def ceil_div(amount: int, unit: int) -> int:
    """How many units it takes to hold the amount."""
    return -(-amount // unit)


def parcels(weight: int) -> list[int]:
    """The weights of the parcels: full ones first, then the rest."""
    full, rest = divmod(weight, MAX_PARCEL)
    return [MAX_PARCEL] * full + ([rest] if rest else [])


def postage(weight: int, zone: str) -> int:
    """What it costs to send so many grams."""
    if zone not in POSTAGE:
        raise ValueError(f"unknown zone: {zone}")
    each, kilogram = POSTAGE[zone]
    return sum(each + kilogram * ceil_div(parcel, 1000) for parcel in parcels(weight))


def postage_due(weight: int, zone: str, goods: int) -> int:
    """Postage as the customer pays it: nothing at home from 50.00 on."""
    if zone == "home" and goods >= FREE_FROM:
        return 0
    return postage(weight, zone)


def delivery_day(sent: date, zone: str) -> date:
    """The day a parcel arrives; Saturdays and Sundays do not count."""
    day = sent
    left = DAYS[zone]
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            left -= 1
    return day
