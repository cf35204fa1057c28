"""Where work starts: the right actions at the right places, quick, lazy, and of the kinds that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import PLAIN, Client
from tests.server.conftest import CALC

ALL = """\
def done(a):
    return a


def unfinished(a, b):
    \"\"\"Add.\"\"\"


# TODO: think of something
x = missing(1)
# autogpt: make it better
"""


def actions(client: Client, uri: str, line: int, **options: Any) -> list[dict[str, Any]]:
    place = {"line": line, "character": options.pop("character", 0)}
    span = {"start": place, "end": options.pop("end", place)}
    context = {"diagnostics": [], **options}
    return client.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": span, "context": context})


def titles(found: list[dict[str, Any]]) -> list[str]:
    return [action["title"] for action in found]


@pytest.fixture
def uri(client: Client, project: Path) -> str:
    (project / "all.py").write_text(ALL)
    return client.open(project / "all.py")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (4, ["Implement `unfinished`"]),
        (5, ["Implement `unfinished`"]),
        (1, ["Write tests for `done`"]),
        (8, ["Implement this TODO: think of something"]),
        (10, ["Do: make it better"]),
        (3, []),
    ],
)
def test_what_is_offered_where(client: Client, uri: str, line: int, wanted: list[str]) -> None:
    assert titles(actions(client, uri, line)) == wanted


def test_an_action_starts_a_run_about_its_place(client: Client, uri: str) -> None:
    action = actions(client, uri, 4)[0]

    command = action["command"]
    assert (action["kind"], command["command"]) == ("refactor.rewrite.autogpt", "autogpt.run.implement")
    argument = command["arguments"][0]
    assert argument["task"] == "Implement `unfinished` in all.py." and argument["uri"] == uri
    assert (argument["range"]["start"]["line"], argument["range"]["end"]["line"]) == (4, 5)
    assert client.state_of(client.command(command["command"], argument)["run"])["status"] == "verified"


def test_the_text_that_counts_is_the_editors(client: Client, uri: str) -> None:
    client.change(uri, "def new():\n    pass\n")

    assert titles(actions(client, uri, 0)) == ["Implement `new`"]


@pytest.mark.parametrize(
    ("only", "count"),
    [(["refactor"], 1), (["refactor.rewrite.autogpt"], 1), (["quickfix"], 0), (["source"], 0), ([], 0), ([""], 1)],
)
def test_only_the_kinds_that_are_asked_for(client: Client, uri: str, only: list[str], count: int) -> None:
    assert len(actions(client, uri, 4, only=only)) == count


def test_the_light_bulb_gets_only_what_is_particular(client: Client, uri: str) -> None:
    """A bulb on every line is one that nobody looks at."""
    assert titles(actions(client, uri, 4, triggerKind=2)) == ["Implement `unfinished`"]
    assert actions(client, uri, 1, triggerKind=2) == []


def test_any_servers_diagnostic_can_be_fixed_and_missing_names_implemented(client: Client, uri: str) -> None:
    span = {"start": {"line": 9, "character": 4}, "end": {"line": 9, "character": 11}}
    undefined = {"range": span, "message": "undefined name 'missing'", "source": "pyflakes"}
    other = {"range": span, "message": "Line is too silly", "source": "lint", "data": {"any": ["thing"]}}

    found = actions(client, uri, 9, diagnostics=[undefined, other])

    assert titles(found) == ["Implement `missing`", "Fix with autogpt: Line is too silly"]
    assert all(action["kind"] == "quickfix.autogpt" and len(action["diagnostics"]) == 1 for action in found)
    assert "Line is too silly" in found[1]["command"]["arguments"][0]["task"]


def test_a_selection_is_a_task_or_asks_for_one(
    client: Client, uri: str, project: Path, connect: Callable[..., Client]
) -> None:
    end = {"line": 2, "character": 0}
    assert titles(actions(client, uri, 0, end=end))[-1] == "Finish the selection"

    other = connect(project)
    other.initialize({**PLAIN, "experimental": {"autogpt": {"commands": ["autogpt.implementTask"]}}})
    found = actions(other, other.open(project / "all.py"), 0, end=end)
    assert found[-1]["command"]["command"] == "autogpt.implementTask"


@pytest.mark.parametrize(
    ("line", "selected", "title"),
    [
        ("total = price + rate  # the tax comes on top", "the tax comes on top", "Do: the tax comes on top"),
        ("total = price + rate  # the tax comes on top", "price + rate", "Finish the selection"),
        ("total = '# not a comment'", "not a comment", "Finish the selection"),
        ("for item in items: total += item", "item in items", "Finish the selection"),
        ("total = price", "p", None),
    ],
)
def test_code_that_is_selected_is_not_taken_for_a_sentence(
    client: Client, project: Path, line: str, selected: str, title: str | None
) -> None:
    """An editor without ours sends the selection alone; some send one character for a cursor."""
    uri = client.open(project / "sentence.py", f"{line}\n")
    start = line.index(selected)
    end = {"line": 0, "character": start + len(selected)}

    found = [title for title in titles(actions(client, uri, 0, character=start, end=end)) if "Write tests" not in title]

    assert found == ([title] if title else [])


def test_a_line_of_prose_is_a_task(client: Client, project: Path) -> None:
    uri = client.open(project / "todo.md", "- add the prices up\n", "markdown")
    found = titles(actions(client, uri, 0, character=2, end={"line": 0, "character": 19}))
    assert found == ["Do: add the prices up"]


def test_tests_are_offered_as_what_is_known_of_them(client: Client, project: Path) -> None:
    uri = client.open(project / "tests" / "test_calc.py")
    assert titles(actions(client, uri, 4)) == [
        "Fix the test `test_add` if it fails",
        "Fix all failing tests of tests/test_calc.py",
    ]
    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")

    known = actions(client, uri, 4, triggerKind=2)

    assert titles(known) == ["Fix the failing test `test_add`"]
    assert known[0]["command"]["arguments"] == [{"tests": ["tests/test_calc.py::test_add"], "uri": uri}]


def test_the_code_under_suspicion_offers_its_failing_tests(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.initialize({**PLAIN, "experimental": {"autogpt": {"review": True}}})
    uri = client.open(project / "calc.py")
    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")

    assert "Fix the failing test `test_add`" in titles(actions(client, uri, 1))


def test_lazy_clients_ask_for_the_command_and_get_back_what_is_not_ours(
    project: Path, connect: Callable[..., Client]
) -> None:
    """Neovim asks to resolve every action without an edit, also those of other servers' making."""
    client = connect(project)
    action = {"resolveSupport": {"properties": ["edit", "command"]}, "tagSupport": {"valueSet": [1]}}
    client.initialize({**PLAIN, "textDocument": {"codeAction": action}})

    lazy = actions(client, client.open(project / "calc.py"), 5)[0]
    assert "command" not in lazy and lazy["tags"] == [1]
    whole = client.request("codeAction/resolve", lazy)
    assert whole["command"]["command"] == "autogpt.run.implement" and whole["title"] == lazy["title"]

    foreign = {"title": "x", "data": {"autogpt": 5}, "command": {"title": "x", "command": "other"}}
    assert client.request("codeAction/resolve", foreign) == foreign


def test_pending_hunks_are_reviewed_by_actions_where_the_editor_cannot(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(run, "verified")
    hints = client.wait(
        lambda m: (
            m.get("method") == "textDocument/publishDiagnostics"
            and m["params"]["uri"] == uri
            and len(m["params"]["diagnostics"]) == 2
        )
    )["params"]["diagnostics"]
    assert [(d["severity"], d["code"], d["range"]["start"]["line"]) for d in hints] == [
        (4, "proposal", 1),
        (4, "proposal", 5),
    ]

    found = actions(client, uri, 1, diagnostics=hints[:1])
    assert titles(found)[:5] == [
        f"Accept this change of run {run}",
        f"Accept all changes of run {run}",
        f"Reject this change of run {run}",
        "Why this change?",
        "Discuss this change…",
    ]
    why = found[3]["command"]
    assert "tests/test_calc.py::test_add" in client.command(why["command"], why["arguments"][0])["text"]
    accept = found[0]["command"]
    client.command(accept["command"], accept["arguments"][0])
    assert client.texts[uri] == CALC.replace("a - b", "a + b")
    client.wait(
        lambda m: (
            m.get("method") == "textDocument/publishDiagnostics"
            and m["params"]["uri"] == uri
            and len(m["params"]["diagnostics"]) == 1
        )
    )


def test_an_untrusted_workspace_offers_nothing_that_runs(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.initialize(initializationOptions={"trusted": False})

    assert actions(client, client.open(project / "calc.py"), 5) == []


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "autogpt-run:/x/new/calc.py", "file:///elsewhere/a.py"])
def test_documents_that_no_run_could_be_about_offer_nothing(client: Client, uri: str) -> None:
    client.open(Path("/x"), "def f(): pass\n", uri=uri)

    assert actions(client, uri, 0) is None


@pytest.mark.parametrize(("line", "character"), [(10**9, 0), (0, 10**9)])
def test_places_outside_the_text_are_no_fault(client: Client, uri: str, line: int, character: int) -> None:
    place = {"line": line, "character": character}
    span = {"start": place, "end": place}
    params = {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}}

    assert isinstance(client.request("textDocument/codeAction", params), list)
    client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": place})
