"""Other languages than Python: comments, selections, diagnostics and failing tests are offered in all of them."""

from __future__ import annotations

from typing import Any

import pytest
from autogpt_lsp.syntax import is_other_test_file

from tests.server.client import Client
from tests.server.test_code_actions import actions, titles
from tests.server.test_features import lenses

FILES = {
    "javascript": ("src/cart.js", "// autogpt: add the prices up\nexport const total = () => 0;\n"),
    "typescriptreact": ("src/cart.tsx", "/* x */ // autogpt: add the prices up\nexport const total = () => 0;\n"),
    "go": ("cart.go", "// autogpt: add the prices up\nfunc Total() int { return 0 }\n"),
    "rust": ("src/lib.rs", "//! autogpt: add the prices up\nfn total() -> i32 { 0 }\n"),
    "java": ("Cart.java", "// autogpt: add the prices up\nclass Cart {}\n"),
    "ruby": ("cart.rb", "# autogpt: add the prices up\ndef total; end\n"),
    "shellscript": ("cart.sh", "# autogpt: add the prices up\ntotal() { :; }\n"),
    "lua": ("cart.lua", "-- autogpt: add the prices up\nlocal total\n"),
    "html": ("cart.html", "<!-- autogpt: add the prices up -->\n<p></p>\n"),
    "sql": ("cart.sql", "-- autogpt: add the prices up\nselect 1;\n"),
}
WANTED = "Do: add the prices up"


def opened(client: Client, path: str, text: str, language: str) -> str:
    assert client.root is not None
    return client.open(client.root / path, text, language)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One server for all languages: none of these starts a run."""
    client = Client(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("state"))
    client.initialize()
    yield client
    client.close()


@pytest.mark.parametrize("language", FILES)
def test_a_comment_is_an_input_box_and_a_selection_a_task(shared: Client, language: str) -> None:
    uri = opened(shared, *FILES[language], language)

    assert WANTED in titles(actions(shared, uri, 0))
    assert lenses(shared, uri) == [(0, WANTED)]
    found = titles(actions(shared, uri, 1, end={"line": 2, "character": 0}))
    assert len(found) == 1 and found[0].startswith(("Do: ", "Finish the selection"))


@pytest.mark.parametrize(
    ("language", "source", "message", "title"),
    [
        ("typescriptreact", "ts", "Cannot find name 'sum'.", "Implement `sum`"),
        ("go", "compiler", "undefined: sum", "Implement `sum`"),
        ("rust", "rustc", "cannot find function `sum` in this scope", "Implement `sum`"),
        ("java", "Java", "The value is not used", "Fix with autogpt: The value is not used"),
    ],
)
def test_diagnostics_of_other_servers_can_be_worked_on(
    shared: Client, language: str, source: str, message: str, title: str
) -> None:
    uri = opened(shared, *FILES[language], language)
    span = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 3}}

    found = actions(shared, uri, 1, diagnostics=[{"range": span, "message": message, "source": source}])

    assert title in titles(found)


@pytest.mark.parametrize("path", ["src/cart.test.ts", "cart_test.go", "tests/cart.rs", "src/CartTest.java"])
def test_a_file_of_tests_offers_to_fix_what_fails(shared: Client, path: str) -> None:
    uri = opened(shared, path, "x\n", "other")

    (action,) = actions(shared, uri, 0, only=["source"])

    assert (action["title"], action["command"]["command"]) == ("Fix the failing tests", "autogpt.run.fix")


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("a/cart.spec.js", True),
        ("cart_spec.rb", True),
        ("test_cart.lua", True),
        ("tests/cart.rs", True),
        ("src/cart.rs", False),
        ("Contest.java", False),
        ("latest.js", False),
        ("testing.go", False),
        ("tests/data.json", False),
        ("tests/test_cart.py", False),
    ],
)
def test_files_of_tests_are_known_by_their_names(path: str, holds: bool) -> None:
    """Python has its own rules and ids."""
    assert is_other_test_file(path) is holds
