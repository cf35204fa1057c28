"""The whole path with nothing scripted: server, worker, git, tests and the built-in model on a real project."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeProject, git
from tests.models.server import Reply, said, serving
from tests.server.client import PATIENCE, Client, Failure
from tests.server.test_stdio import gone

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": '''\
def total(prices):
    """Sum of the prices."""
    result = 0
    for price in prices:
        result -= price
    return result
''',
    "tests/test_cart.py": """\
from shop.cart import total


def test_total():
    assert total([1, 2, 3]) == 6


def test_total_of_nothing():
    assert total([]) == 0
""",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}


@pytest.fixture(autouse=True)
def lean(lean_python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter that starts fastest, not the one with all of the development tools."""
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_action_run_state_diff_apply_revert_discard(make_project: MakeProject, connect: Callable[..., Client]) -> None:
    """What a person does from the first key press to the last, and that git is as it was after it."""
    root = make_project(SHOP)
    client = connect(root, worker="")
    client.initialize()
    test_uri = client.open(root / "tests" / "test_cart.py")
    cart = client.open(root / "shop" / "cart.py")
    client.change(cart, client.texts[cart] + "\n\nUNSAVED = 1\n")

    action = next(a for a in actions(client, test_uri, 4) if "test_total" in a["title"])
    started = action["command"]
    run = client.command(started["command"], started["arguments"][0])["run"]
    state = client.state_of(run)

    assert state["status"] == "verified", state["reason"]
    assert state["tests"]["fixed"] == ["tests/test_cart.py::test_total"]
    assert [file["path"] for file in state["files"]] == ["shop/cart.py"]
    diff = client.command("autogpt.proposal.diff", {"run": run})["diff"]
    assert "+        result += price" in diff
    base = client.request("autogpt/textDocumentContent", {"uri": f"autogpt-run:/{run}/base/shop/cart.py"})
    assert "UNSAVED" in base["text"]
    failing = client.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["diagnostics"])
    assert failing["params"]["diagnostics"]

    hunk = state["files"][0]["hunks"][0]["id"]
    assert client.command("autogpt.proposal.apply", {"run": run, "hunks": [hunk]}) == {
        "applied": ["shop/cart.py"],
        "conflicts": [],
    }
    assert "result += price" in client.texts[cart] and "UNSAVED" in client.texts[cart]

    client.command("autogpt.proposal.revert", {"run": run})
    assert client.texts[cart] == SHOP["shop/cart.py"] + "\n\nUNSAVED = 1\n"

    assert state["branch"] in git(root, "branch", "--list", "autogpt/*")
    client.command("autogpt.proposal.discard", {"run": run})
    assert git(root, "branch", "--list", "autogpt/*") == "" and git(root, "status", "--porcelain") == ""


def test_a_run_of_an_earlier_server_is_listed_and_can_be_applied(
    make_project: MakeProject, connect: Callable[..., Client]
) -> None:
    """The window was closed; the work is still there."""
    root = make_project(SHOP)
    first = connect(root, worker="")
    first.initialize()
    run = first.command("autogpt.run.fix", {})["run"]
    assert first.state_of(run)["status"] == "verified"
    first.shutdown()

    second = connect(root, worker="")
    second.initialize()
    listed = second.command("autogpt.run.list", {})["runs"]

    assert [(state["run"], state["status"]) for state in listed] == [(run, "verified")]
    cart = second.open(root / "shop" / "cart.py")
    assert second.command("autogpt.proposal.apply", {"run": run})["applied"] == ["shop/cart.py"]
    assert "result += price" in second.texts[cart]
    second.shutdown()

    third = connect(root, worker="")
    third.initialize()
    assert [state["applied"] for state in third.command("autogpt.run.list", {})["runs"]] == [True]
    assert third.command("autogpt.proposal.revert", {"run": run})["applied"] is False


PARTLY = {
    **SHOP,
    "tests/test_cart.py": SHOP["tests/test_cart.py"] + "\n\ndef test_what_is_left():\n    assert total('ab') == 3\n",
}
TOTAL = """```edit symbol shop/cart.py::total
def total(prices):
    return sum(prices)
```
Summary: Add up
"""


@pytest.mark.parametrize("route", ["shutdown", "end of input", "SIGTERM", "SIGKILL"])
def test_a_closed_window_leaves_its_run_to_be_resumed_with_the_best_so_far(
    make_project: MakeProject, connect: Callable[..., Client], route: str
) -> None:
    """A reload or a killed editor is no wish to cancel. Explicit cancel stays cancel."""
    root = make_project(PARTLY)
    with serving(said(TOTAL), Reply(end="hang")) as model:
        first = connect(root, worker="")
        first.initialize()
        options = {"model": "tiny", "endpoint": model.url}
        run = first.command("autogpt.run.fix", {"options": options})["run"]
        first.wait(lambda m: m.get("method") == "autogpt/runDidChange" and m["params"]["commit"] != "")
        worker = first.command("autogpt.server.info")["worker"]["pid"]
        end(first, route)
        assert gone(worker)

    second = connect(root, worker="")
    second.initialize()
    (left,) = second.command("autogpt.run.list", {})["runs"]
    assert (left["status"], [file["path"] for file in left["files"]]) == ("interrupted", ["shop/cart.py"])
    assert left["tests"]["fixed"] == ["tests/test_cart.py::test_total"]
    assert left["branch"] in git(root, "branch", "--list", "autogpt/*")
    cart = second.open(root / "shop" / "cart.py")
    assert second.command("autogpt.proposal.apply", {"run": run})["applied"] == ["shop/cart.py"]
    assert "return sum(prices)" in second.texts[cart]

    second.command("autogpt.run.resume", {"run": run})
    second.wait(lambda m: m.get("method") == "autogpt/runDidChange" and m["params"]["status"] == "running")
    second.command("autogpt.run.cancel", {"run": run})
    assert second.state_of(run, "cancelled")["commit"] == left["commit"]


def test_one_window_after_the_other_goes_on_with_a_run(
    make_project: MakeProject, connect: Callable[..., Client]
) -> None:
    """Whatever became of the window before, and though its worker may still be ending, the model is asked again."""
    root = make_project(SHOP)
    with serving(Reply(end="hang")) as model:
        window = connect(root, worker="")
        window.initialize()
        options = {"model": "tiny", "endpoint": model.url}
        run = window.command("autogpt.run.fix", {"options": options})["run"]
        for route in ("SIGKILL", "end of input", "shutdown"):
            assert model.asked.wait(PATIENCE), window.log()
            model.asked.clear()
            end(window, route)
            window = connect(root, worker="")
            window.initialize()
            (left,) = window.command("autogpt.run.list", {})["runs"]
            if left["status"] != "interrupted":
                window.state_of(run, "interrupted")
            window.command("autogpt.run.resume", {"run": run, "options": options})
        assert model.asked.wait(PATIENCE), window.log()


def test_a_worker_that_is_slow_to_end_is_waited_for_in_sight(
    make_project: MakeProject, connect: Callable[..., Client]
) -> None:
    """On a busy machine it may outlive its window: its run is shown at work, and can be resumed once it is gone."""
    root = make_project(SHOP)
    with serving(Reply(end="hang")) as model:
        first = connect(root, worker="")
        first.initialize()
        options = {"model": "tiny", "endpoint": model.url}
        run = first.command("autogpt.run.fix", {"options": options})["run"]
        assert model.asked.wait(PATIENCE), first.log()
        worker = first.command("autogpt.server.info")["worker"]["pid"]
        os.kill(worker, signal.SIGSTOP)
        try:
            end(first, "SIGKILL")
            second = connect(root, worker="")
            second.initialize()
            assert [left["status"] for left in second.command("autogpt.run.list", {})["runs"]] == ["running"]
            with pytest.raises(Failure, match="at work in another window"):
                second.command("autogpt.run.resume", {"run": run})
        finally:
            os.kill(worker, signal.SIGCONT)

        second.state_of(run, "interrupted")
        model.asked.clear()
        second.command("autogpt.run.resume", {"run": run, "options": options})
        assert model.asked.wait(PATIENCE), second.log()


def end(client: Client, route: str) -> None:
    """Let the server end in one of the ways in which servers end."""
    if route == "shutdown":
        client.shutdown()
    elif route == "end of input":
        assert client.process.stdin is not None
        client.process.stdin.close()
    else:
        client.process.send_signal(getattr(signal, route))
    client.process.wait(PATIENCE)


def test_a_killed_server_leaves_a_run_that_can_be_resumed(
    make_project: MakeProject, connect: Callable[..., Client]
) -> None:
    """Server and worker die in the middle of a run; the next server knows and goes on."""
    root = make_project(SHOP)
    first = connect(root, worker="")
    first.initialize()
    run = first.command("autogpt.run.fix", {})["run"]
    first.state_of(run, "running")
    os.kill(first.command("autogpt.server.info")["worker"]["pid"], signal.SIGKILL)
    assert first.state_of(run, "interrupted")
    first.process.kill()

    second = connect(root, worker="")
    second.initialize()
    assert [s["status"] for s in second.command("autogpt.run.list", {})["runs"]] == ["interrupted"]
    second.command("autogpt.run.resume", {"run": run})

    assert second.state_of(run)["status"] == "verified"


def test_what_the_worker_refuses_reaches_the_person(make_project: MakeProject, connect: Callable[..., Client]) -> None:
    root = make_project(SHOP)
    client = connect(root, worker="")
    client.initialize()

    state = client.state_of(client.command("autogpt.run.fix", {"options": {"model": "nobody-has-this"}})["run"])
    assert state["status"] == "error" and state["reason"].endswith(".")
    with pytest.raises(Failure, match="nope"):
        client.command("autogpt.run.get", {"run": "nope"})


def actions(client: Client, uri: str, line: int) -> list[dict[str, Any]]:
    place = {"line": line, "character": 0}
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    return client.request("textDocument/codeAction", params)
