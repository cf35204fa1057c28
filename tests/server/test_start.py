"""What the server is made of: it starts at once because it imports nothing heavy, and a bundle can carry it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from autogpt_lsp.check import check
from autogpt_lsp.logging_setup import log_file

from autogpt.errors import AutogptError
from tests.server.client import Client

HEAVY = {"torch", "transformers", "git", "openai", "httpx", "click", "rich", "pydantic", "numpy"}
PURE = {"attr", "attrs", "autogpt", "autogpt_lsp", "cattr", "cattrs", "exceptiongroup", "lsprotocol", "pygls"}
PURE |= {"platformdirs", "tomli", "typing_extensions"}


def test_the_server_imports_nothing_heavy() -> None:
    """Measured in a process of its own, with every feature registered."""
    code = (
        "import sys; before = set(sys.modules); from autogpt_lsp.app import create_server; create_server();"
        "import autogpt_lsp.cli; print(' '.join({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_env())
    loaded = set(done.stdout.split())

    assert not loaded & HEAVY
    assert loaded - set(sys.stdlib_module_names) - {"_distutils_hack"} <= PURE


def test_the_server_knows_of_the_product_only_plain_data() -> None:
    code = (
        "import sys; from autogpt_lsp.app import create_server; create_server();"
        "print(' '.join(m for m in sys.modules if m.startswith('autogpt.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_env())

    plain = "config differing errors events paths result state task wire worker worker.protocol"
    assert {name.removeprefix("autogpt.") for name in done.stdout.split()} <= set(plain.split())


def test_the_worker_is_started_on_first_need(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert client.command("autogpt.server.info")["worker"]["pid"] is None

    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"])
    assert client.command("autogpt.server.info")["worker"]["pid"]


def test_what_initialize_offers(project: Path, connect: Callable[..., Client]) -> None:
    offered = connect(project).initialize()["capabilities"]

    assert offered["workspace"]["textDocumentContent"] == {"schemes": ["autogpt-run"]}
    kinds = {"refactor.rewrite.autogpt", "quickfix.autogpt", "source.autogpt"}
    assert set(offered["codeActionProvider"]["codeActionKinds"]) == kinds
    assert offered["codeActionProvider"]["resolveProvider"] and offered["hoverProvider"]
    assert offered["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}


def _env() -> dict[str, str]:
    import os

    top = Path(__file__).parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(top / "server"), str(top)])}


def test_the_doctor_starts_a_server_and_says_where_its_log_is() -> None:
    """Half of all reports of a language server are about one that did not start."""
    assert re.search(r"autogpt \S+ answers and ends in .* log: " + re.escape(str(log_file())), check())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise SystemExit('no module pygls')", "does not answer"),
        ("print('hello')", "does not answer"),
        ("import autogpt_lsp.cli as c, sys; sys.stderr.write('a warning'); c.main([])", "a warning"),
    ],
)
def test_the_doctor_says_what_is_wrong_with_a_server(code: str, says: str) -> None:
    with pytest.raises(AutogptError, match=says) as problem:
        check((sys.executable, "-c", code))
    assert problem.value.hint
