"""Every command with wrong, missing, extra and hostile arguments: an error with a sentence, never silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from autogpt_lsp.features.commands import COMMANDS

from tests.server.client import Client, Failure
from tests.server.conftest import CALC

CALC_URI, SPAN = "«calc»", {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
VALID: dict[str, dict[str, Any]] = {
    "autogpt.run.implement": {
        "task": "propose", "uri": CALC_URI, "range": SPAN, "root": "«root»", "options": {"maxIterations": 3}
    },
    "autogpt.run.fix": {"tests": ["tests/test_calc.py"], "uri": CALC_URI, "root": "«root»", "options": {}},
    "autogpt.run.refine": {
        "run": "«ended»", "comments": [{"text": "x", "uri": CALC_URI, "range": SPAN}], "options": {}
    },
    "autogpt.run.steer": {"run": "«at work»", "message": "x"},
    "autogpt.run.cancel": {"run": "«at work»"},
    "autogpt.run.resume": {"run": "«ended»", "options": {}},
    "autogpt.run.get": {"run": "«ended»"},
    "autogpt.run.list": {},
    "autogpt.proposal.diff": {"run": "«ended»", "path": "calc.py"},
    "autogpt.proposal.apply": {"run": "«ended»", "files": ["calc.py"], "hunks": ["«hunk»"]},
    "autogpt.proposal.revert": {"run": "«ended»"},
    "autogpt.proposal.reject": {"run": "«ended»", "hunks": ["«hunk»"]},
    "autogpt.proposal.explain": {"run": "«ended»", "hunk": "«hunk»", "discuss": True},
    "autogpt.proposal.discard": {"run": "«ended»"},
    "autogpt.server.info": {},
    "autogpt.server.models": {"root": "«root»"},
    "autogpt.server.doctor": {"root": "«root»"},
}  # fmt: skip
"""For each command an argument with every field it knows; what is in «» is filled in by `filled`."""

REQUIRED = {"task", "run", "comments", "message", "hunk"}
"""Fields without which no command that knows them does anything."""

HUGE = "x" * 5_000_000
NO_URI = [
    (5, "a string"),
    ("", "not a file"),
    ("http://example.org/calc.py", "not a file on this machine"),
    ("untitled:Untitled-1", "not a file on this machine"),
    ("vscode-remote://ssh/calc.py", "not a file on this machine"),
    ("file://otherhost/share/calc.py", "another machine"),
    ("file:///etc/passwd", "outside"),
    ("«root»/../calc.py", "outside"),
    ("«root»/%2e%2e/calc.py", "outside"),
    ("«link out»", "outside"),
    ("file:///%00", "does not name a file"),
    ("file://[broken", "not a URI"),
    (HUGE, "is the limit"),
]
NO_SPAN = [
    (5, "range"),
    ({}, "range"),
    ({"start": {"line": 0}, "end": {"line": 0}}, "range"),
    ({"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}, "range"),
    ({"start": {"line": 2, "character": 0}, "end": {"line": 1, "character": 0}}, "range"),
    ({"start": {"line": 10**6, "character": 0}, "end": {"line": 10**6, "character": 0}}, "range"),
    ({"start": {"line": 10**30, "character": 0}, "end": {"line": 10**31, "character": 0}}, "range"),
    ({"start": {"line": "0", "character": 0}, "end": {"line": 0, "character": 0}}, "range"),
    ({"start": {"line": True, "character": 0}, "end": {"line": 1, "character": 0}}, "range"),
]
NO_TEXT = [
    ("", "needs"),
    ("  \n", "needs"),
    (5, "a string"),
    (["x"], "a string"),
    ({}, "a string"),
    (HUGE, "is the limit"),
]
NO_LIST = [
    (5, "list of strings"),
    ("x", "list of strings"),
    ([5], "list of strings"),
    (["x"] * 10_001, "list of strings"),
]
NO_PATH = ["../x", "/etc/passwd", "", "a/../../b", ".git/config", "\0"]
HOSTILE: dict[str, list[tuple[Any, str]]] = {
    "task": NO_TEXT,
    "message": NO_TEXT,
    "uri": NO_URI,
    "range": NO_SPAN,
    "root": [
        (5, "a string"),
        ("relative", "absolute"),
        ("/", "not one of the open folders"),
        ("/etc", "not one of the open folders"),
        ("«root»/..", "not one of the open folders"),
        ("file://otherhost/x", "another machine"),
        ("untitled:x", "absolute"),
        ("\0", "absolute"),
        (HUGE, "is the limit"),
    ],
    "options": [
        (5, "an object"),
        (["model"], "an object"),
        ({"modle": "builtin"}, "did you mean `model`"),
        ({"x" * 5000: 1}, "Unknown option"),
        ({"maxIterations": -1}, "a whole number"),
        ({"maxIterations": "3"}, "a whole number"),
        ({"sandbox": "none"}, "one of auto"),
        ({"trusted": True}, "Unknown option"),
    ],
    "tests": NO_LIST,
    "comments": [
        (5, "list of objects"),
        ([], "list of objects"),
        ([5], "list of objects"),
        ([{}], "needs `text`"),
        ([{"text": "x", "txet": 1}], "txet"),
        *(([{"text": value}], says) for value, says in NO_TEXT),
        *(([{"text": "x", "uri": value}], says) for value, says in NO_URI),
        *(([{"text": "x", "uri": CALC_URI, "range": value}], says) for value, says in NO_SPAN),
        ([{"text": "x", "uri": "autogpt-run:/nope/new/calc.py"}], "not on"),
        ([{"text": "x", "uri": "autogpt-run:/x"}], "autogpt-run"),
    ],
    "run": [
        ("nope", "no run"),
        ("last", "no run"),
        ("../../etc", "no run"),
        ("a" * 5000, "no run"),
        ("\0", "no run"),
        *NO_TEXT,
    ],
    "path": [(5, "a string"), *((path, "not a path inside") for path in NO_PATH), (HUGE, "is the limit")],
    "files": [*NO_LIST, *(([path], "not a path inside") for path in NO_PATH)],
    "hunks": [*NO_LIST, (["nope"], "no hunk"), (["a" * 5000], "no hunk")],
    "hunk": [("nope", "no hunk"), ("a" * 5000, "no hunk"), *NO_TEXT],
    "discuss": [(5, "true or false"), ("yes", "true or false")],
}
"""What no command takes, by field, with words of the answer."""

CASES = [(name, field, value, says) for name in VALID for field in VALID[name] for value, says in HOSTILE[field]]


def short(value: Any) -> str:
    return repr(value)[:40]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all: that it still answers after each case is part of the point."""
    root = tmp_path_factory.mktemp("root")
    (root / "calc.py").write_text(CALC)
    (root / "gone.py").write_text("old\n")
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.py"
    secret.write_text("x = 1\n")
    (root / "link.py").symlink_to(secret)
    client = Client(root, tmp_path_factory.mktemp("state"))
    client.initialize()
    yield client
    assert client.shutdown() == 0
    client.close()


@pytest.fixture(scope="module")
def names(shared: Client) -> dict[str, str]:
    """What stands for the names in «»: a run that ended with a proposal, one that is at work, and places."""
    return fresh_names(shared)


def fresh_names(client: Client) -> dict[str, str]:
    assert client.root is not None
    ended, at_work = (client.command("autogpt.run.implement", {"task": task})["run"] for task in ("propose", "slow"))
    hunk = client.state_of(ended, "verified")["files"][0]["hunks"][0]["id"]
    client.state_of(at_work, "running")
    root = client.root.as_uri()
    places = {"root": root, "calc": f"{root}/calc.py", "link out": f"{root}/link.py"}
    return {"ended": ended, "at work": at_work, "hunk": hunk, **places}


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    return re.sub("«(.*?)»", lambda found: names[found[1]], value) if isinstance(value, str) else value


def refused(client: Client, name: str, arguments: Any) -> Failure:
    with pytest.raises(Failure) as failure:
        client.request("workspace/executeCommand", {"command": name, "arguments": arguments})
    assert failure.value.code in (-32602, -32803), failure.value
    said = str(failure.value)
    assert said.endswith((".", "?)")) and "Traceback" not in said and len(said) < 1000
    return failure.value


def test_every_command_and_every_field_has_its_cases(shared: Client) -> None:
    """A command or a field that is new fails here until it is known above."""
    advertised = Client(shared.root, shared.state)
    try:
        offered = advertised.initialize()["capabilities"]["executeCommandProvider"]["commands"]
    finally:
        advertised.close()
    assert sorted(VALID) == sorted(offered)
    assert {name: set(fields.split()) for name, (fields, _) in COMMANDS.items()} == {
        name: set(argument) for name, argument in VALID.items()
    }


@pytest.mark.parametrize("name", [name for name in VALID if name != "autogpt.run.resume"])
def test_what_is_right_is_taken(shared: Client, name: str) -> None:
    """Else the cases below would be refused for another reason; `resume` wants a run that was interrupted."""
    assert isinstance(shared.command(name, filled(VALID[name], fresh_names(shared))), dict)


@pytest.mark.parametrize(("name", "field", "value", "says"), CASES, ids=short)
def test_what_is_wrong_with_a_field_is_said(
    shared: Client, names: dict[str, str], name: str, field: str, value: Any, says: str
) -> None:
    argument = filled({**VALID[name], field: value}, names)

    assert says.lower() in str(refused(shared, name, [argument])).lower()


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("arguments", [[1], ["text"], [None], [[]], [{}, {}], {"run": "x"}, 5, "text"], ids=short)
def test_anything_but_one_object_is_refused(shared: Client, name: str, arguments: Any) -> None:
    assert "one JSON object" in str(refused(shared, name, arguments))


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("field", ["tsk", "", "__class__", "x" * 5000, "jsonrpc"], ids=short)
def test_an_unknown_field_is_refused_by_name(shared: Client, names: dict[str, str], name: str, field: str) -> None:
    """A misspelled field would otherwise be a run with other settings than the person meant.

    pygls alone takes a nested object with the key `jsonrpc` for a message and kills the request.
    """
    assert field[:30] in str(refused(shared, name, [filled({**VALID[name], field: 1}, names)]))


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name in VALID for field in VALID[name] if field in REQUIRED]
)
@pytest.mark.parametrize("how", ["missing", "null"])
def test_a_missing_field_is_refused_by_name(
    shared: Client, names: dict[str, str], name: str, field: str, how: str
) -> None:
    argument = {**VALID[name], field: None}
    if how == "missing":
        del argument[field]

    assert f"`{field}`" in str(refused(shared, name, [filled(argument, names)]))


def test_a_range_without_its_file_is_refused(shared: Client) -> None:
    """It would be left out, and the run be about something else than was marked."""
    assert "`uri`" in str(refused(shared, "autogpt.run.implement", [{"task": "x", "range": SPAN}]))


@pytest.mark.parametrize("path", NO_PATH)
def test_no_text_of_a_run_is_read_from_outside_the_workspace(shared: Client, names: dict[str, str], path: str) -> None:
    for method in ("autogpt/textDocumentContent", "workspace/textDocumentContent"):
        with pytest.raises(Failure):
            shared.request(method, {"uri": f"autogpt-run:/{names['ended']}/new/{path}"})


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


def test_info_is_enough_for_a_bug_report_and_has_no_secret(shared: Client) -> None:
    info = shared.command("autogpt.server.info")

    assert {"version", "python", "platform", "paths", "worker", "model", "folders", "trusted", "client"} <= set(info)
    assert info["paths"]["log"] == str(shared.state / "server.log")
