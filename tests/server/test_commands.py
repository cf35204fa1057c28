"""Every command with wrong, missing, extra and hostile arguments: an error with a sentence, never silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import Client, Failure
from tests.server.conftest import CALC

COMMANDS = {
    "autogpt.run.implement": {"task": "propose"},
    "autogpt.run.fix": {},
    "autogpt.run.refine": {"run": "nope", "comments": [{"text": "x"}]},
    "autogpt.run.steer": {"run": "nope", "message": "x"},
    "autogpt.run.cancel": {"run": "nope"},
    "autogpt.run.resume": {"run": "nope"},
    "autogpt.run.get": {"run": "nope"},
    "autogpt.run.list": {},
    "autogpt.proposal.diff": {"run": "nope"},
    "autogpt.proposal.apply": {"run": "nope"},
    "autogpt.proposal.revert": {"run": "nope"},
    "autogpt.proposal.reject": {"run": "nope"},
    "autogpt.proposal.discard": {"run": "nope"},
    "autogpt.proposal.explain": {"run": "nope", "hunk": "nope"},
    "autogpt.server.info": {},
    "autogpt.server.models": {},
    "autogpt.server.doctor": {},
}
WITH_RUN = [name for name, argument in COMMANDS.items() if "run" in argument]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all: that it still answers after each case is part of the point."""
    root = tmp_path_factory.mktemp("root")
    (root / "calc.py").write_text(CALC)
    client = Client(root, tmp_path_factory.mktemp("state"))
    client.initialize()
    yield client
    assert client.shutdown() == 0
    client.close()


def refused(client: Client, name: str, arguments: Any) -> Failure:
    with pytest.raises(Failure) as failure:
        client.request("workspace/executeCommand", {"command": name, "arguments": arguments})
    assert failure.value.code in (-32602, -32803), failure.value
    assert str(failure.value).endswith((".", "?)")) and "Traceback" not in str(failure.value)
    return failure.value


def test_the_table_of_the_tests_is_the_servers(shared: Client) -> None:
    advertised = Client(shared.root, shared.state)
    try:
        offered = advertised.initialize()["capabilities"]["executeCommandProvider"]["commands"]
    finally:
        advertised.close()
    assert sorted(COMMANDS) == sorted(offered)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("arguments", [[1], ["text"], [None], [[]], [{}, {}], {"run": "x"}, 5, "text"])
def test_anything_but_one_object_is_refused(shared: Client, name: str, arguments: Any) -> None:
    assert "one JSON object" in str(refused(shared, name, arguments))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "autogpt.proposal.explain"])
def test_an_unknown_field_is_refused_by_name(shared: Client, name: str) -> None:
    """A misspelled field would otherwise be a run with other settings than the person meant."""
    assert "tsk" in str(refused(shared, name, [{**COMMANDS[name], "tsk": 1}]))


@pytest.mark.parametrize("name", WITH_RUN)
@pytest.mark.parametrize("run", ["nope", "", "../../etc", "a" * 5000, "\0", 5, None, {}, []])
def test_an_unknown_run_is_refused(shared: Client, name: str, run: Any) -> None:
    refused(shared, name, [{**COMMANDS[name], "run": run}])


@pytest.mark.parametrize("name", WITH_RUN)
def test_a_missing_run_is_refused(shared: Client, name: str) -> None:
    argument = {key: value for key, value in COMMANDS[name].items() if key != "run"}
    refused(shared, name, [argument])


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({}, "needs `task`"),
        ({"task": ""}, "needs `task`"),
        ({"task": "  \n"}, "needs `task`"),
        ({"task": 5}, "a string"),
        ({"task": ["x"]}, "a string"),
        ({"task": "x" * 200_000}, "100000 is the limit"),
        ({"task": "x", "uri": 5}, "a string"),
        ({"task": "x", "uri": ""}, "not a file"),
        ({"task": "x", "uri": "http://example.org/a.py"}, "not a file on this machine"),
        ({"task": "x", "uri": "untitled:Untitled-1"}, "not a file on this machine"),
        ({"task": "x", "uri": "vscode-remote://ssh/a.py"}, "not a file on this machine"),
        ({"task": "x", "uri": "file://otherhost/share/a.py"}, "another machine"),
        ({"task": "x", "uri": "file:///etc/passwd"}, "outside"),
        ({"task": "x", "uri": "file:///%00"}, "does not name a file"),
        ({"task": "x", "uri": "file://[broken"}, "not a URI"),
        ({"task": "x", "root": "relative"}, "absolute"),
        ({"task": "x", "root": "/"}, "not one of the open folders"),
        ({"task": "x", "root": "file://otherhost/x"}, "another machine"),
        ({"task": "x", "root": 5}, "a string"),
        ({"task": "x", "options": 5}, "an object"),
        ({"task": "x", "options": {"modle": "builtin"}}, "did you mean `model`"),
        ({"task": "x", "options": {"maxIterations": -1}}, "a whole number"),
        ({"task": "x", "options": {"maxIterations": "3"}}, "a whole number"),
        ({"task": "x", "options": {"sandbox": "none"}}, "one of auto"),
        ({"task": "x", "options": {"trusted": True}}, "Unknown option"),
    ],
)
def test_what_is_wrong_with_a_task_is_said(shared: Client, argument: dict[str, Any], says: str) -> None:
    assert says in str(refused(shared, "autogpt.run.implement", [argument]))


SPAN = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}


@pytest.mark.parametrize(
    "span",
    [
        5,
        {},
        {"start": {"line": 0}, "end": {"line": 0}},
        {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}},
        {"start": {"line": 2, "character": 0}, "end": {"line": 1, "character": 0}},
        {"start": {"line": 10**6, "character": 0}, "end": {"line": 10**6, "character": 0}},
        {"start": {"line": 10**30, "character": 0}, "end": {"line": 10**31, "character": 0}},
        {"start": {"line": "0", "character": 0}, "end": {"line": 0, "character": 0}},
        {"start": {"line": True, "character": 0}, "end": {"line": 1, "character": 0}},
    ],
)
def test_a_range_that_is_none_of_the_file_is_refused(shared: Client, span: Any) -> None:
    assert shared.root is not None
    uri = (shared.root / "calc.py").as_uri()

    assert "ange" in str(refused(shared, "autogpt.run.implement", [{"task": "x", "uri": uri, "range": span}]))


def test_a_link_out_of_the_workspace_is_refused(shared: Client, tmp_path: Path) -> None:
    assert shared.root is not None
    (tmp_path / "secret.py").write_text("x = 1\n")
    link = shared.root / "link.py"
    link.symlink_to(tmp_path / "secret.py")

    assert "outside" in str(refused(shared, "autogpt.run.implement", [{"task": "x", "uri": link.as_uri()}]))
    link.unlink()


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "", "a/../../b", ".git/config", "\0"])
def test_paths_out_of_the_workspace_are_refused(shared: Client, path: str) -> None:
    run = shared.command("autogpt.run.implement", {"task": "propose"})["run"]
    shared.state_of(run, "verified")

    refused(shared, "autogpt.proposal.apply", [{"run": run, "files": [path]}])
    refused(shared, "autogpt.proposal.diff", [{"run": run, "path": path}])
    with pytest.raises(Failure):
        shared.request("autogpt/textDocumentContent", {"uri": f"autogpt-run:/{run}/new/{path}"})


@pytest.mark.parametrize("uri", [5, None, "", "file:///x", "autogpt-run:/x", "autogpt-run:/nope/new/calc.py"])
def test_virtual_documents_that_are_none_are_refused(shared: Client, uri: Any) -> None:
    with pytest.raises(Failure):
        shared.request("autogpt/textDocumentContent", {"uri": uri})
    with pytest.raises(Failure):
        shared.request("workspace/textDocumentContent", {"uri": uri})


def test_an_unknown_command_and_an_unknown_method_are_refused(shared: Client) -> None:
    assert "no command" in str(refused(shared, "autogpt.run.everything", [{}]))
    with pytest.raises(Failure):
        shared.request("autogpt/nothing", {})


@pytest.mark.parametrize("params", [None, 5, [], {}, {"command": 5}, {"command": None, "arguments": []}])
def test_execute_command_with_parameters_that_are_none(shared: Client, params: Any) -> None:
    with pytest.raises(Failure) as failure:
        shared.request("workspace/executeCommand", params)
    assert failure.value.code == -32602


@pytest.mark.parametrize("params", [5, [], {}, {"textDocument": 5}, {"textDocument": {}}])
@pytest.mark.parametrize("method", ["textDocument/codeAction", "textDocument/hover", "textDocument/codeLens"])
def test_wrong_parameters_of_a_request_are_answered(shared: Client, method: str, params: Any) -> None:
    """pygls alone leaves such a request without an answer, and the editor waits."""
    with pytest.raises(Failure) as failure:
        shared.request(method, params)
    assert failure.value.code == -32602


def test_half_a_surrogate_pair_and_control_characters_go_through(shared: Client) -> None:
    """JavaScript strings hold such text; it must not break the stream to the worker."""
    run = shared.command("autogpt.run.implement", {"task": "pro\ud83dpose \x1b[31m \u2028 jsonrpc"})["run"]

    assert shared.state_of(run, "verified")["task"].startswith("pro\ufffdpose")


def test_an_argument_with_the_key_jsonrpc_is_answered(shared: Client) -> None:
    """pygls alone takes a nested object with this key for a message and kills the request."""
    assert "jsonrpc" in str(refused(shared, "autogpt.run.implement", [{"task": "x", "jsonrpc": "2.0"}]))


def test_info_is_enough_for_a_bug_report_and_has_no_secret(shared: Client) -> None:
    info = shared.command("autogpt.server.info")

    assert {"version", "python", "platform", "paths", "worker", "model", "folders", "trusted", "client"} <= set(info)
    assert info["paths"]["log"] == str(shared.state / "server.log")
