// A project that is tested in a blink, with three faults in two files, and what a model would answer.

export const PROJECT = {
  "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  "shop/__init__.py": "",
  "shop/price.py": `"""What things cost."""


def total(prices):
    result = 0
    for price in prices:
        result -= price
    return result


def describe(name):
    """How a product is called on the receipt."""
    return f"a pot of {name}"


def discounted(price, percent):
    """The price with so many percent taken off."""
    return price - percent
`,
  "shop/tax.py": `"""What the state gets."""


def with_tax(price, rate):
    return price - rate
`,
  "tests/test_shop.py": `from shop.price import describe, discounted, total
from shop.tax import with_tax


def test_total():
    assert total([1, 2, 3]) == 6


def test_describe():
    assert describe("tea") == "a pot of tea"


def test_discounted():
    assert discounted(200, 10) == 180


def test_with_tax():
    assert with_tax(100, 7) == 107
`,
};

/** All three faults mended: two changes in one file, one in another. */
export const MENDED = `Three operators are wrong.

\`\`\`edit replace shop/price.py
<<<<<<< SEARCH
        result -= price
=======
        result += price
>>>>>>> REPLACE
<<<<<<< SEARCH
    return price - percent
=======
    return price - price * percent // 100
>>>>>>> REPLACE
\`\`\`
\`\`\`edit replace shop/tax.py
<<<<<<< SEARCH
    return price - rate
=======
    return price + rate
>>>>>>> REPLACE
\`\`\`
Summary: Mend total, discounted and with_tax
`;

/** The round after a comment. */
export const REFINED = `\`\`\`edit replace shop/tax.py
<<<<<<< SEARCH
    return price + rate
=======
    return price + price * rate // 100
>>>>>>> REPLACE
\`\`\`
Summary: Take the rate as percent
`;
