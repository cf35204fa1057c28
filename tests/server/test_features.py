"""Lenses, hover, diagnostics of failing tests, and comments that start by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.server.client import PLAIN, Client

CONFIGURABLE = {**PLAIN, "workspace": {**PLAIN["workspace"], "configuration": True}}


def lenses(client: Client, uri: str) -> list[tuple[int, str]]:
    found = client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return [(lens["range"]["start"]["line"], lens["command"]["title"]) for lens in found]


def configured(connect: Callable[..., Client], project: Path, settings: Any) -> Client:
    client = connect(project)
    client.settings = settings
    client.initialize(CONFIGURABLE)
    client.wait(lambda m: m.get("method") == "workspace/configuration")
    client.request("workspace/executeCommand", {"command": "autogpt.server.info"})
    return client


def test_a_comment_that_asks_gets_a_lens_at_once(client: Client, project: Path) -> None:
    """The input box of editors without a client of ours."""
    uri = client.open(project / "calc.py")

    assert lenses(client, uri) == [(8, "Do: write a function that multiplies two numbers")]


def test_lenses_over_unfinished_functions_and_failing_tests_if_enabled(
    project: Path, connect: Callable[..., Client]
) -> None:
    client = configured(connect, project, {"codeLens": True})
    tests = client.open(project / "tests" / "test_calc.py")
    assert (4, "Implement `negate`") in lenses(client, client.open(project / "calc.py"))
    assert lenses(client, tests) == []

    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")

    assert lenses(client, tests) == [(3, "Fix the failing test `test_add`")]


def test_hover_tells_what_is_proposed_and_why(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")
    place = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 6}}

    text = client.request("textDocument/hover", place)["contents"]["value"]

    assert "-    return a - b\n+    return a + b" in text and "tests/test_calc.py::test_add" in text
    assert client.request("textDocument/hover", {**place, "position": {"line": 3, "character": 0}}) is None


def test_hover_and_why_tell_which_tests_need_this_very_part(client: Client, project: Path) -> None:
    """The first hunk turned a test green; the second one nothing, and a reviewer should know."""
    uri = client.open(project / "calc.py")
    state = client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")
    hunks = next(file for file in state["files"] if file["path"] == "calc.py")["hunks"]
    place = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 6}}
    why = [client.command("autogpt.proposal.explain", {"run": state["run"], "hunk": h["id"]})["text"] for h in hunks]

    assert [hunk["tests"] for hunk in hunks] == [["tests/test_calc.py::test_add"], []]
    needed = "Without this part `tests/test_calc.py::test_add` fails."
    assert needed in client.request("textDocument/hover", place)["contents"]["value"]
    assert needed in why[0] and "No test needs this part" in why[1]


def test_the_only_hunk_of_a_proposal_did_all_that_was_done(client: Client) -> None:
    assert client.root is not None
    (client.root / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    state = client.state_of(client.command("autogpt.run.implement", {"task": "fix add"})["run"], "verified")

    assert [hunk["tests"] for hunk in state["files"][0]["hunks"]] == [["tests/test_calc.py::test_add"]]


def test_hover_follows_the_text_as_it_moves(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")
    client.change(uri, "# one\n# two\n" + client.texts[uri])
    place = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 6}}

    assert "a + b" in client.request("textDocument/hover", place)["contents"]["value"]


def test_failing_tests_are_diagnostics_at_the_assertion_with_the_suspected_lines(client: Client, project: Path) -> None:
    """Also for files that are not open; and they go when what fixes them was applied."""
    uri = (project / "tests" / "test_calc.py").as_uri()
    run = client.command("autogpt.run.implement", {"task": "fix add"})["run"]
    client.state_of(run, "verified")

    published = client.wait(
        lambda m: m.get("method") == "textDocument/publishDiagnostics" and _related(m, uri) is not None
    )["params"]["diagnostics"]

    assert [(d["range"]["start"], d["code"]) for d in published] == [({"line": 4, "character": 4}, "failing-test")]
    assert published[0]["message"] == "test_add: assert -1 == 5\n +  where -1 = add(2, 3)"
    (place,) = published[0]["relatedInformation"]
    assert place["location"]["uri"] == (project / "calc.py").as_uri()
    span = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 16}}
    assert (place["location"]["range"], place["message"]) == (span, "Suspected: return a - b")

    client.open(project / "calc.py")
    client.command("autogpt.proposal.apply", {"run": run})
    since = len(client.heard) - 10
    client.wait(
        lambda m: (
            m.get("method") == "textDocument/publishDiagnostics"
            and m["params"]["uri"] == uri
            and not m["params"]["diagnostics"]
        ),
        max(0, since),
    )


def test_hover_on_a_failing_test_tells_what_it_said(client: Client, project: Path) -> None:
    """On its name and on the assertion, and nowhere else; text of the project cannot break out of its fence."""
    uri = client.open(project / "tests" / "test_calc.py")
    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")
    client.change(uri, "# moved\n" + client.texts[uri])

    def at(line: int) -> Any:
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 2}}
        return client.request("textDocument/hover", place)

    for line in (4, 5):
        assert "assert -1 == 5" in at(line)["contents"]["value"]
    assert at(1) is None


def _related(message: Any, uri: str) -> Any:
    found = message["params"]["diagnostics"] if message["params"]["uri"] == uri else []
    return found[0].get("relatedInformation") if found else None


def test_a_comment_starts_by_itself_on_save_only_if_enabled_and_once(
    project: Path, connect: Callable[..., Client]
) -> None:
    (project / "calc.py").write_text("# autogpt!: propose\n")
    client = configured(connect, project, {"startOnSave": True})
    uri = client.open(project / "calc.py")
    for _ in range(3):
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.wait(lambda m: m.get("method") == "autogpt/runDidChange")

    assert len(client.command("autogpt.server.info")["runs"]) == 1

    other = configured(connect, project, {})
    uri = other.open(project / "calc.py")
    other.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert other.command("autogpt.server.info")["runs"] == {}
