"""Apply and revert through `workspace/applyEdit`: what an editor has open is the truth, and its word is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import PLAIN, Client, Failure, NeverAnswered
from tests.server.conftest import CALC

FIXED = CALC.replace("a - b", "a + b").replace("pass  # later", "return -a")


def proposed(client: Client, task: str = "propose") -> dict[str, Any]:
    """A run with changes in `calc.py` (two hunks), a deleted and a new file; its last state."""
    return client.state_of(client.command("autogpt.run.implement", {"task": task})["run"], "verified")


def hunks_of(state: dict[str, Any], path: str = "calc.py") -> list[str]:
    return [hunk["id"] for file in state["files"] if file["path"] == path for hunk in file["hunks"]]


def test_apply_changes_open_and_closed_files_and_creates_and_deletes(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    state = proposed(client)

    answer = client.command("autogpt.proposal.apply", {"run": state["run"]})

    assert answer == {"applied": ["calc.py", "gone.py", "new.py"], "conflicts": []}
    assert client.texts[uri] == FIXED
    assert not (project / "gone.py").exists()
    assert client.texts[(project / "new.py").as_uri()] == "fresh = True\n"
    assert (project / "calc.py").read_text() == CALC, "the editor saves, not the server"


def test_the_whole_apply_is_one_edit_with_versions(client: Client, project: Path) -> None:
    """One edit is one undo step; the version keeps an edit from landing on text it was not made for."""
    client.open(project / "calc.py")
    client.command("autogpt.proposal.apply", {"run": proposed(client)["run"]})

    edits = [m["params"] for m in client.heard if m.get("method") == "workspace/applyEdit"]

    assert len(edits) == 1 and "propose" in edits[0]["label"]
    versions = [c["textDocument"]["version"] for c in edits[0]["edit"]["documentChanges"] if "textDocument" in c]
    assert versions[0] == 1


def test_apply_by_file_and_by_hunk(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    state = proposed(client)
    first, second = hunks_of(state)

    one = client.command("autogpt.proposal.apply", {"run": state["run"], "hunks": [second]})
    assert one["applied"] == ["calc.py"]
    assert client.texts[uri] == CALC.replace("pass  # later", "return -a")
    told = client.command("autogpt.run.get", {"run": state["run"]})
    assert [h["decided"] for h in told["files"][0]["hunks"]] == ["pending", "applied"]

    client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})
    assert client.texts[uri] == FIXED
    assert (project / "gone.py").exists()
    assert first != second


def test_edits_of_the_person_during_the_run_are_kept(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    state = proposed(client)
    client.change(uri, "# mine 🙂\n" + CALC)

    answer = client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})

    assert not answer["conflicts"] and client.texts[uri] == "# mine 🙂\n" + FIXED


def test_a_hunk_on_lines_the_person_changed_is_left_alone(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    state = proposed(client)
    client.change(uri, CALC.replace("a - b", "a * b"))

    answer = client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})

    assert [(c["path"], c["line"]) for c in answer["conflicts"]] == [("calc.py", 2)]
    assert client.texts[uri] == CALC.replace("a - b", "a * b").replace("pass  # later", "return -a")


def test_an_editor_that_says_applied_but_did_nothing_is_found_out(client: Client, project: Path) -> None:
    """Neovim drops an edit for another version and still answers `applied: true`."""
    client.open(project / "calc.py")
    state = proposed(client)
    client.answers["workspace/applyEdit"] = lambda params: {"applied": True}

    answer = client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})

    assert answer["applied"] == [] and "did not" in answer["conflicts"][0]["reason"]
    calc = client.command("autogpt.run.get", {"run": state["run"]})["files"][0]
    assert {hunk["decided"] for hunk in calc["hunks"]} == {"pending"}


def test_an_editor_that_refuses_gives_its_reason(client: Client, project: Path) -> None:
    client.open(project / "calc.py")
    state = proposed(client)
    client.answers["workspace/applyEdit"] = lambda params: {"applied": False, "failureReason": "read only"}

    answer = client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})

    assert answer["conflicts"][0]["reason"] == "read only"


def test_revert_takes_back_only_what_was_applied(client: Client, project: Path) -> None:
    uri = client.open(project / "calc.py")
    state = proposed(client)
    client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["calc.py"]})
    client.change(uri, client.texts[uri] + "mine = 1\n")

    after = client.command("autogpt.proposal.revert", {"run": state["run"]})

    assert client.texts[uri] == CALC + "mine = 1\n"
    assert after["conflicts"] == [] and after["applied"] is False


def test_revert_brings_created_and_deleted_files_back(client: Client, project: Path) -> None:
    state = proposed(client)
    client.command("autogpt.proposal.apply", {"run": state["run"], "files": ["gone.py", "new.py"]})
    client.command("autogpt.proposal.revert", {"run": state["run"]})

    assert client.texts[(project / "gone.py").as_uri()] == "old\n"
    assert not (project / "new.py").exists()


@pytest.mark.parametrize("opened", [True, False])
def test_a_file_that_moves_is_moved_with_its_buffer_and_back_again(client: Client, project: Path, opened: bool) -> None:
    """Deleted and made anew, it would lose its undo history, and the person's cursor."""
    old, new = (project / "calc.py").as_uri(), (project / "sums.py").as_uri()
    if opened:
        client.open(project / "calc.py")
    state = proposed(client, "move")

    answer = client.command("autogpt.proposal.apply", {"run": state["run"]})
    assert answer == {"applied": ["calc.py", "sums.py"], "conflicts": []}
    edit = next(m["params"]["edit"] for m in client.heard if m.get("method") == "workspace/applyEdit")
    kinds = [change.get("kind", "edit") for change in edit["documentChanges"]]
    assert kinds == ["rename", "edit"] and edit["documentChanges"][0]["newUri"] == new
    assert client.texts[new] == FIXED and old not in client.texts and not (project / "calc.py").exists()

    client.command("autogpt.proposal.revert", {"run": state["run"]})
    assert client.texts[old] == CALC and not (project / "sums.py").exists()


def test_without_resource_operations_the_server_side_writes_new_files(
    project: Path, connect: Callable[..., Client]
) -> None:
    client = connect(project)
    client.initialize({"workspace": {}})
    client.open(project / "calc.py")
    state = proposed(client)

    answer = client.command("autogpt.proposal.apply", {"run": state["run"]})

    assert answer["applied"] == ["calc.py", "gone.py", "new.py"]
    assert (project / "new.py").read_text() == "fresh = True\n" and not (project / "gone.py").exists()
    edit = next(m["params"]["edit"] for m in client.heard if m.get("method") == "workspace/applyEdit")
    assert list(edit["changes"]) == [(project / "calc.py").as_uri()]


def test_crlf_and_emoji_in_the_changed_lines_come_through(client: Client, project: Path) -> None:
    text = 'def add(a, b):  # 🙂🙂\r\n    return a - b  # "é"\r\n'
    (project / "calc.py").write_bytes(text.encode())
    uri = client.open(project / "calc.py")
    state = client.state_of(client.command("autogpt.run.implement", {"task": "fix add"})["run"], "verified")

    client.command("autogpt.proposal.apply", {"run": state["run"]})

    assert client.texts[uri] == text.replace("a - b", "a + b")


def test_a_client_that_wants_to_confirm_gets_annotations(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.settings = {"confirmChanges": True}
    edits = {**PLAIN["workspace"]["workspaceEdit"], "changeAnnotationSupport": {}}
    client.initialize({**PLAIN, "workspace": {"workspaceEdit": edits, "configuration": True}})
    client.wait(lambda m: m.get("method") == "workspace/configuration")
    client.open(project / "calc.py")

    client.command("autogpt.proposal.apply", {"run": proposed(client)["run"], "files": ["calc.py"]})

    edit = next(m["params"]["edit"] for m in client.heard if m.get("method") == "workspace/applyEdit")
    assert edit["changeAnnotations"]["autogpt"]["needsConfirmation"] is True
    assert {e["annotationId"] for e in edit["documentChanges"][0]["edits"]} == {"autogpt"}


def test_rejected_hunks_are_marked_and_can_still_be_applied(client: Client, project: Path) -> None:
    client.open(project / "calc.py")
    state = proposed(client)
    first, _ = hunks_of(state)

    after = client.command("autogpt.proposal.reject", {"run": state["run"], "hunks": [first]})
    assert [h["decided"] for h in after["files"][0]["hunks"]] == ["rejected", "pending"]

    client.command("autogpt.proposal.apply", {"run": state["run"], "hunks": [first]})
    after = client.command("autogpt.run.get", {"run": state["run"]})
    assert [h["decided"] for h in after["files"][0]["hunks"]] == ["applied", "pending"]


def test_a_run_at_work_cannot_be_applied(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]

    with pytest.raises(Failure, match="still at work"):
        client.command("autogpt.proposal.apply", {"run": run})


def test_an_editor_that_makes_the_edit_and_never_answers_holds_nobody_up(client: Client, project: Path) -> None:
    """ALE is one. What came of the edit is seen in the document, and the next apply has its turn."""
    uri = client.open(project / "calc.py")
    state = proposed(client)

    def silent(params: Any) -> Any:
        client.apply_edit(params)
        raise NeverAnswered

    client.answers["workspace/applyEdit"] = silent
    for hunk in hunks_of(state):
        answer = client.command("autogpt.proposal.apply", {"run": state["run"], "hunks": [hunk]})
        assert answer == {"applied": ["calc.py"], "conflicts": []}

    assert client.texts[uri] == FIXED
