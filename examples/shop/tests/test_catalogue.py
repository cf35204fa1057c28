import pytest

from shop.catalogue import Product, UnknownProduct

from .conftest import SENCHA


def test_finds_a_product_by_its_number(catalogue):
    assert catalogue.get("T-01") == SENCHA
    assert "T-01" in catalogue
    assert len(catalogue) == 5


def test_an_unknown_number_has_an_error_of_its_own(catalogue):
    with pytest.raises(UnknownProduct):
        catalogue.get("X-99")


def test_numbers_are_unique(catalogue):
    with pytest.raises(ValueError):
        catalogue.add(Product("T-01", "Another", 100, 10))


def test_lists_categories(catalogue):
    assert catalogue.categories() == ["books", "pottery", "tea"]


def test_search_wants_every_word(catalogue):
    assert [product.sku for product in catalogue.search("grey earl")] == ["T-02", "T-03"]
    assert [product.sku for product in catalogue.search("grey tin")] == ["T-03"]


def test_search_does_not_find_parts_of_words(catalogue):
    assert catalogue.search("sen") == []


def test_search_puts_the_cheapest_first(catalogue):
    assert [product.price for product in catalogue.search("tea")] == [1200]
    assert [product.price for product in catalogue.search("")] == [650, 890, 1190, 1200, 4500]


def test_completes_a_name(catalogue):
    assert catalogue.starting_with("earl") == ["Earl Grey in a Tin", "Earl Grey, loose"]


def test_completion_ignores_case(catalogue):
    assert catalogue.starting_with(" SEN") == ["Sencha"]
    assert catalogue.starting_with("The b") == ["The Book of Tea"]
