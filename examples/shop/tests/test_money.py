import pytest

from shop.money import allocate, format_amount, parse_amount, percent


@pytest.mark.parametrize(("text", "cents"), [("12", 1200), ("12.5", 1250), (" 0.07 ", 7), ("-3.40", -340)])
def test_reads_amounts(text, cents):
    assert parse_amount(text) == cents


@pytest.mark.parametrize("text", ["", "1.234", "abc", "1,50"])
def test_refuses_what_is_no_amount(text):
    with pytest.raises(ValueError):
        parse_amount(text)


def test_writes_amounts():
    assert format_amount(5) == "0.05"
    assert format_amount(1234567) == "12,345.67"
    assert format_amount(-250) == "-2.50"


def test_percentages_round_half_a_cent_up():
    assert percent(1000, 7) == 70
    assert percent(50, 5) == 3
    assert percent(49, 5) == 2


def test_allocates_in_proportion():
    assert allocate(90, [1, 2]) == [30, 60]


def test_cents_left_over_go_to_the_first_shares():
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(11, [1, 1, 1, 1]) == [3, 3, 3, 2]


def test_no_cent_is_lost():
    for total in range(40):
        assert sum(allocate(total, [3, 5, 7])) == total
