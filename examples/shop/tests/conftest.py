"""A handful of products, and a shelf with some of each."""

from datetime import date

import pytest

from shop.cart import Cart
from shop.catalogue import Catalogue, Product
from shop.orders import OrderDesk
from shop.stock import Stock

SENCHA = Product("T-01", "Sencha", 890, 100)
EARL_GREY = Product("T-02", "Earl Grey, loose", 650, 125)
EARL_GREY_TIN = Product("T-03", "Earl Grey in a Tin", 1190, 310)
POT = Product("P-01", "Clay Pot", 4500, 1200, "pottery")
BOOK = Product("B-01", "The Book of Tea", 1200, 350, "books")
MONDAY = date(2024, 3, 4)


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue([SENCHA, EARL_GREY, EARL_GREY_TIN, POT, BOOK])


@pytest.fixture
def stock() -> Stock:
    return Stock({"T-01": 40, "T-02": 25, "T-03": 3, "P-01": 2})


@pytest.fixture
def cart() -> Cart:
    cart = Cart()
    cart.add(SENCHA, 2)
    cart.add(POT)
    return cart


@pytest.fixture
def desk(stock: Stock) -> OrderDesk:
    return OrderDesk(stock)
