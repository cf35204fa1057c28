"""Settings: what an editor sends is checked key by key, said once, and never wins where it says nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autogpt_lsp import schema
from autogpt_lsp.schema import FILE, main, make_schema
from autogpt_lsp.settings import options_of, read_section

from autogpt.errors import UsageError
from tests.server.client import PLAIN, Client

MANY = {"max_iterations": 3, "test_command": "make", "candidates": 5}
CONFIGURABLE = {**PLAIN, "workspace": {**PLAIN["workspace"], "configuration": True}}


@pytest.mark.parametrize(
    ("section", "options"),
    [
        (None, {}),
        ({}, {}),
        ({"model": None, "maxIterations": None}, {}),
        ({"maxIterations": 3, "test-command": "make", "candidates": 5}, MANY),
        ({"autogpt.model": "hf:x"}, {"model": "hf:x"}),
        ({"model": "builtin", "maxIterations": 8}, {}),
        ({"server": {"path": "x"}, "trace": {"server": "off"}, "server.path": "y"}, {}),
    ],
)
def test_sections_of_editors(section: Any, options: dict[str, Any]) -> None:
    """Defaults that VS Code sends along must not win over the person's config file."""
    settings = read_section(section, "editor")

    assert settings.options == options and not settings.problems


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"modle": "x"}, "did you mean `model`"),
        ({"maxIterations": "3"}, "a whole number"),
        ({"maxIterations": True}, "a whole number"),
        ({"sandbox": "none"}, "one of auto, required, off"),
        ({"review": "always"}, "one of auto"),
        ({"codeLens": 1}, "true or false"),
        ("text", "must be an object"),
        ([1], "must be an object"),
    ],
)
def test_what_is_wrong_is_said_and_left_out(section: Any, says: str) -> None:
    settings = read_section(section, "editor")

    assert len(settings.problems) == 1 and says in settings.problems[0]
    assert settings.options == {} and settings.server == read_section(None, "editor").server


def test_one_wrong_key_does_not_take_the_others_along() -> None:
    settings = read_section({"modle": "x", "model": "y", "codeLens": True}, "editor")

    assert settings.options == {"model": "y"} and settings.server.code_lens


def test_sources_are_kept() -> None:
    initial = read_section({"model": "a", "candidates": 2}, "initializationOptions")
    settings = read_section({"model": "b"}, "the editor's settings", initial)

    assert settings.options == {"model": "b", "candidates": 2}
    assert settings.sources == {"model": "the editor's settings", "candidates": "initializationOptions"}


@pytest.mark.parametrize("given", [5, [], {"trusted": False}, {"codeLens": True}, {"model": 5}])
def test_options_of_a_command_are_settings_of_a_run(given: Any) -> None:
    with pytest.raises(UsageError):
        options_of(given)


def test_the_schema_and_the_page_on_disk_are_what_the_dataclasses_say() -> None:
    """Clients and documents are made from it."""
    assert main(["--check"]) == 0


@pytest.mark.parametrize("name", ["FILE", "PAGE"])
def test_what_is_behind_the_dataclasses_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schema, name, tmp_path / "other")

    assert main(["--check"]) == 1 and "other is not what the settings say" in capsys.readouterr().out
    assert main([]) == main(["--check"]) == 0


def test_the_schema_names_every_setting_and_nothing_secret() -> None:
    properties = json.loads(FILE.read_text())["properties"]

    assert properties == make_schema()["properties"]
    assert properties["autogpt.endpoint"]["scope"] == "machine", "a file of the workspace must not say where code goes"
    assert not any(
        "key" in name.lower() or ("token" in name.lower() and "max" not in name.lower()) for name in properties
    )


def settings_of(client: Client, root: Path) -> dict[str, Any]:
    return client.command("autogpt.server.info")["folders"][str(root)]


def pulled(client: Client) -> None:
    """Wait until the server has asked and heard the answer."""
    client.wait(lambda m: m.get("method") == "workspace/configuration")
    client.command("autogpt.server.info", {})


def test_settings_are_pulled_per_folder_and_again_on_change(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.settings = {"model": "first"}
    client.initialize(CONFIGURABLE)
    pulled(client)
    assert settings_of(client, project)["options"] == {"model": "first"}

    client.settings = {"model": "second"}
    since = len(client.heard)
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.wait(lambda m: m.get("method") == "workspace/configuration", since)
    assert settings_of(client, project)["options"] == {"model": "second"}
    state = client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "running", "verified")
    assert state["model"] in ("second", "scripted")


def test_clients_without_configuration_use_initialization_options_or_push(
    project: Path, connect: Callable[..., Client]
) -> None:
    client = connect(project)
    client.initialize(initializationOptions={"settings": {"model": "initial"}})
    assert settings_of(client, project)["options"] == {"model": "initial"}

    client.notify("workspace/didChangeConfiguration", {"settings": {"autogpt": {"model": "pushed"}}})
    assert settings_of(client, project)["options"] == {"model": "pushed"}


def test_problems_are_said_once(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.settings = {"modle": "x"}
    client.initialize(CONFIGURABLE)
    client.wait(lambda m: m.get("method") == "window/showMessage")
    for _ in range(3):
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        pulled(client)

    said = [m["params"]["message"] for m in client.heard if m.get("method") == "window/showMessage"]
    assert len(said) == 1 and "did you mean `model`" in said[0]


def test_folders_come_and_go(project: Path, tmp_path: Path, connect: Callable[..., Client]) -> None:
    """One server for all folders of a window."""
    client = connect(project)
    client.initialize()
    other = tmp_path / "other"
    other.mkdir()
    (other / "calc.py").write_text("x = 1\n")
    event = {"added": [{"uri": other.as_uri(), "name": "other"}], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    run = client.command("autogpt.run.implement", {"task": "propose", "uri": (other / "calc.py").as_uri()})["run"]
    assert client.state_of(run)["root"] == str(other)
    with pytest.raises(Exception, match="Several folders"):
        client.command("autogpt.run.fix", {})

    event = {"added": [], "removed": [{"uri": other.as_uri(), "name": "other"}]}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    assert list(client.command("autogpt.server.info")["folders"]) == [str(project)]
