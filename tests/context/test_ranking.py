"""From where a task begins the map leads to what matters for it, not to what merely shares common names."""

from __future__ import annotations

from autogpt.context.project import Project
from autogpt.context.ranking import PUSHES, by_names, by_words, key_definitions, neighbours, rank

FILES = {
    "shop/cart.py": "from shop.money import price_of\n\nclass Cart:\n    def total(self): return price_of(self)\n",
    "shop/money.py": "def price_of(x):\n    return _rounded(x)\n\n\ndef _rounded(x):\n    return x\n",
    "shop/report.py": "def monthly_report(orders):\n    return get(orders)\n\n\ndef get(x):\n    return x\n",
    "shop/mail.py": "def send_mail(to):\n    return get(to)\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 0\n",
    **{f"other/m{n}.py": f"def get(x):\n    return {n}\n" for n in range(12)},
}


def project_with(files: dict[str, str] = FILES) -> Project:
    project = Project()
    project.refresh({path: (text,) for path, text in files.items()}, lambda path: files[path].encode())
    return project


def test_rank_flows_from_a_test_to_what_it_uses_and_on() -> None:
    ranks = rank(project_with().index, {"tests/test_cart.py": 1.0})
    assert ranks["shop/cart.py"] > ranks["shop/money.py"] > ranks.get("shop/report.py", 0.0)
    assert ranks["tests/test_cart.py"] > ranks["shop/money.py"]
    assert sum(ranks.values()) <= 1.0 + 1e-9


def test_a_name_that_everybody_defines_leads_nowhere() -> None:
    assert not any(path.startswith("other/") for path in neighbours(project_with().index, "shop/mail.py"))


def test_users_of_a_definition_are_near_but_less_so() -> None:
    edges = neighbours(project_with().index, "shop/cart.py")
    assert 0 < edges["tests/test_cart.py"] < edges["shop/money.py"]


def test_no_seed_that_is_known_ranks_nothing() -> None:
    assert rank(project_with().index, {"nowhere.py": 1.0}) == {} and rank(project_with().index, {}) == {}


def test_only_the_neighbourhood_is_looked_at() -> None:
    """The work for a query does not grow with the project."""
    chain = {f"m{n}.py": f"from m{n + 1} import name_{n + 1}\n\ndef name_{n}(): pass\n" for n in range(2000)}
    ranks = rank(project_with(chain).index, {"m0.py": 1.0})
    assert next(iter(ranks)) == "m0.py" and len(ranks) < 2 * PUSHES


def test_names_lead_to_where_they_are_defined() -> None:
    index = project_with().index
    assert by_names(index, ["Cart.total"]) == {"shop/cart.py": 1.0}
    assert by_names(index, ["get", "nothing"]) == {}


def test_prose_leads_to_files_that_share_rare_words() -> None:
    index = project_with().index
    assert next(iter(by_words(index, "Write the monthly reports as a table"))) == "shop/report.py"
    assert by_words(index, "xyzzy") == {}


def test_the_definitions_that_are_asked_for_come_before_the_most_used() -> None:
    index = project_with().index
    assert [one.name for one in key_definitions(index, "shop/money.py", [], 1)] == ["price_of"]
    assert [one.name for one in key_definitions(index, "shop/money.py", ["_rounded"], 1)] == ["_rounded"]
