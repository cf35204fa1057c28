"""Runs as a client sees them: begun, told, ended, cancelled, resumed; whatever the worker does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autogpt.events import RunQueued, RunStarted
from autogpt.journal import Journal
from autogpt.task import Task
from tests.server.client import PLAIN, Client, Failure, NeverAnswered
from tests.server.conftest import CALC


def progress_of(client: Client, run: str) -> list[dict[str, Any]]:
    return [
        m["params"]["value"]
        for m in client.heard
        if m.get("method") == "$/progress" and m["params"]["token"] == f"autogpt/{run}"
    ]


def test_a_run_is_answered_at_once_and_told_to_its_end(client: Client) -> None:
    """The answer comes before the worker is even there; everything else arrives by itself."""
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]

    state = client.state_of(run)

    assert state["status"] == "verified" and state["root"] == str(client.root)
    assert state["tests"]["fixed"] == ["tests/test_calc.py::test_add"]
    calc = next(file for file in state["files"] if file["path"] == "calc.py")
    assert calc["uri"] == (client.root / "calc.py").as_uri()  # type: ignore[operator]
    assert [hunk["base_line"] for hunk in calc["hunks"]] == [1, 5]


def test_the_first_state_is_queued_and_whole(client: Client) -> None:
    """Clients keep no history: each notification must be enough by itself."""
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]

    first = client.state_of(run, "queued")

    contract = "run task root status phase step iteration model branch base commit tests files tokens cost_usd seconds"
    assert set(contract.split()) | {"reason", "warnings"} <= set(first)


def test_progress_begins_reports_and_ends(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.wait(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end")

    kinds = [value["kind"] for value in progress_of(client, run)]

    assert kinds[0] == "begin" and kinds[-1] == "end" and kinds.count("end") == 1
    assert progress_of(client, run)[0]["cancellable"] is True


@pytest.mark.parametrize(("name", "title"), [("Visual Studio Code", "autogpt: propose"), ("helix", "propose")])
def test_progress_names_the_server_where_the_editor_does_not(
    project: Path, connect: Callable[..., Client], name: str, title: str
) -> None:
    client = connect(project)
    client.initialize(clientInfo={"name": name})

    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(run)

    assert progress_of(client, run)[0]["title"] == title


def test_no_progress_for_a_client_without_it(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.initialize({**PLAIN, "window": {}})

    client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"])

    assert not any("rogress" in m.get("method", "") for m in client.heard)


@pytest.mark.parametrize("route", ["command", "progress"])
def test_cancel_by_command_and_by_the_clients_button(client: Client, route: str) -> None:
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.state_of(run, "running")

    if route == "command":
        client.command("autogpt.run.cancel", {"run": run})
    else:
        client.notify("window/workDoneProgress/cancel", {"token": f"autogpt/{run}"})

    assert client.state_of(run, "cancelled")["reason"] == "Cancelled."
    client.wait(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end")


def test_a_run_cancelled_before_the_worker_is_there_ends_too(client: Client) -> None:
    """The person changes their mind at once; nothing may be left spinning."""
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.command("autogpt.run.cancel", {"run": run})

    assert client.state_of(run)["status"] == "cancelled"


def test_cancelling_an_ended_run_changes_nothing(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(run, "verified")

    assert client.command("autogpt.run.cancel", {"run": run})["status"] == "verified"


def test_a_crash_of_the_worker_interrupts_its_runs_and_the_next_one_gets_a_new_worker(client: Client) -> None:
    slow = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.state_of(slow, "running")
    client.command("autogpt.run.implement", {"task": "crash"})

    assert "SIGKILL" in client.state_of(slow, "interrupted")["reason"]
    message = client.wait(lambda m: m.get("method") == "window/showMessage")
    assert '"slow"' in message["params"]["message"] and "resumed" in message["params"]["message"]

    again = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    assert client.state_of(again)["status"] == "verified"
    assert client.command("autogpt.server.info")["worker"]["starts"] == 2


def test_a_run_that_cannot_begin_says_why(client: Client) -> None:
    state = client.state_of(client.command("autogpt.run.implement", {"task": "fail"})["run"])

    assert state["status"] == "error" and state["reason"] == "There is no such model. Name another."


def test_a_worker_that_cannot_be_started_is_an_error_of_the_run(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project, worker="/does/not/exist")
    client.initialize()

    state = client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"])

    assert state["status"] == "error" and "/does/not/exist" in state["reason"]


def test_a_worker_that_ends_at_once_is_an_error_with_its_last_words(
    project: Path, connect: Callable[..., Client]
) -> None:
    client = connect(project, worker="/bin/sh -c 'echo no torch here >&2; exit 3'")
    client.initialize()

    state = client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"])

    assert state["status"] == "error"


def test_runs_on_record_are_listed_without_a_worker_and_it_is_not_tried_again_and_again(
    project: Path, connect: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor lists at every start and after every reload; a worker that cannot start takes its time to fail."""
    tries = tmp_path / "tries"
    client = connect(project, worker=f"/bin/sh -c 'echo >>{tries}; exit 3'")
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(client.state))
    with Journal(project, "feed0001") as journal:
        journal.write(RunQueued(Task("fix", str(project))))
    client.initialize()

    for _ in range(3):
        (left,) = client.command("autogpt.run.list", {})["runs"]
        assert (left["run"], left["status"], left["kind"]) == ("feed0001", "interrupted", "fix")
    assert client.command("autogpt.run.get", {"run": "feed0001"})["status"] == "interrupted"
    assert tries.read_text() == "\n"

    assert client.state_of(client.command("autogpt.run.fix", {})["run"])["status"] == "error"
    client.command("autogpt.run.resume", {"run": "feed0001"})
    assert "ended" in client.state_of("feed0001", "interrupted")["reason"]
    assert tries.read_text() == "\n\n\n", "what the person asks for is always tried"


def test_a_run_of_another_process_is_left_alone_and_followed_until_it_has_ended(
    project: Path, connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a reload the earlier window's worker may still be ending: a list that stood still would show a run at work
    for good, and offer nothing to go on with it."""
    client = connect(project, worker="/bin/sh -c 'exit 3'")
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(client.state))
    task = Task("fix", str(project))
    with Journal(project, "feed0002") as journal:
        journal.write(RunQueued(task))
        client.initialize()
        (there,) = client.command("autogpt.run.list", {})["runs"]
        assert there["status"] == "queued"
        for command, more in (("resume", {}), ("cancel", {}), ("steer", {"message": "Be brief."})):
            with pytest.raises(Failure, match="at work in another window or in a terminal"):
                client.command(f"autogpt.run.{command}", {"run": "feed0002", **more})
        journal.write(RunStarted("feed0002", task, "builtin", "b" * 40, "autogpt/x", "0"))
        assert client.state_of("feed0002", "running")["branch"] == ""

    assert client.state_of("feed0002", "interrupted")["run"] == "feed0002"


def test_a_run_that_another_process_discards_is_gone_here_too(
    project: Path, connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(project, worker="/bin/sh -c 'exit 3'")
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(client.state))
    with Journal(project, "feed0003") as journal:
        journal.write(RunQueued(Task("fix", str(project))))
        client.initialize()
        client.command("autogpt.run.list", {})
        shutil.rmtree(journal.folder)

    assert client.state_of("feed0003", "cancelled")["discarded"]
    assert client.command("autogpt.run.list", {})["runs"] == []


def test_many_events_are_told_as_few_states(client: Client) -> None:
    """A search reports thousands of steps; an editor that redraws for each of them stalls."""
    run = client.command("autogpt.run.implement", {"task": "many"})["run"]
    client.state_of(run, "verified")

    assert sum(m.get("method") == "autogpt/runDidChange" for m in client.heard) < 100


def test_unsaved_text_and_options_go_into_the_run(client: Client) -> None:
    """The base is what the person sees; a file that is open but not changed is taken from disk, byte for byte."""
    root = client.root
    assert root is not None
    client.open(root / "tests" / "test_calc.py")
    uri = client.open(root / "calc.py")
    client.change(uri, "x = '🙂'\n")
    span = {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 7}}

    argument = {"task": "echo", "uri": uri, "range": span, "options": {"maxIterations": 3}}
    heard = json.loads(client.state_of(client.command("autogpt.run.implement", argument)["run"])["reason"])

    assert heard["unsaved"] == {"calc.py": "x = '🙂'\n"}
    assert heard["options"] == {"max_iterations": 3}
    assert heard["task"]["target"] == {"path": "calc.py", "range": span}


def test_several_runs_at_once_are_told_apart(client: Client) -> None:
    slow = [client.command("autogpt.run.implement", {"task": f"slow {i}"})["run"] for i in range(5)]
    done = client.command("autogpt.run.implement", {"task": "propose"})["run"]

    assert client.state_of(done)["task"] == "propose"
    for run in slow:
        assert client.command("autogpt.run.get", {"run": run})["status"] in ("queued", "running")


def test_runs_in_several_folders_of_one_window_are_kept_apart(
    project: Path, connect: Callable[..., Client], tmp_path: Path
) -> None:
    """One server for all of them; where it cannot be told which is meant, it is asked for."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "calc.py").write_text(CALC)
    client = connect(project)
    folders = [{"uri": root.as_uri(), "name": root.name} for root in (project, other)]
    client.initialize(workspaceFolders=folders)

    with pytest.raises(Failure, match="Several folders"):
        client.command("autogpt.run.implement", {"task": "slow"})
    first = client.command("autogpt.run.implement", {"task": "slow", "root": str(project)})["run"]
    second = client.command("autogpt.run.implement", {"task": "fix add", "uri": (other / "calc.py").as_uri()})["run"]

    assert client.state_of(second, "verified")["files"][0]["uri"] == (other / "calc.py").as_uri()
    assert client.command("autogpt.run.get", {"run": first})["status"] == "running"
    listed = client.command("autogpt.run.list", {})["runs"]
    assert {state["run"]: state["root"] for state in listed} == {first: str(project), second: str(other)}
    client.command("autogpt.proposal.apply", {"run": second})
    assert "a + b" in client.texts[(other / "calc.py").as_uri()] and (project / "calc.py").read_text() == CALC


def test_a_request_that_is_cancelled_before_its_answer_begins_no_run(
    project: Path, connect: Callable[..., Client]
) -> None:
    """The third route to cancel: the answer waits for settings that the client was asked for."""

    def silent(_: Any) -> Any:
        raise NeverAnswered

    client = connect(project)
    client.answers["workspace/configuration"] = silent
    client.initialize({**PLAIN, "workspace": {**PLAIN["workspace"], "configuration": True}})
    client.wait(lambda m: m.get("method") == "workspace/configuration")
    argument = {"command": "autogpt.run.implement", "arguments": [{"task": "slow"}]}
    number = client.ask("workspace/executeCommand", argument)
    client.notify("$/cancelRequest", {"id": number})

    with pytest.raises(Failure) as failure:
        client.answer(number)
    assert failure.value.code == -32800
    assert client.command("autogpt.run.list", {}) == {"runs": []}


def test_steering_is_heard_while_a_run_is_at_work_and_refused_after(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.wait(lambda m: m.get("method") == "autogpt/runDidChange" and m["params"]["step"].startswith("Tried 1 edits"))

    assert client.command("autogpt.run.steer", {"run": run, "message": "use a loop"}) == {}
    client.wait(lambda m: m.get("method") == "autogpt/runDidChange" and "use a loop" in m["params"]["step"])
    client.command("autogpt.run.cancel", {"run": run})
    client.state_of(run, "cancelled")
    with pytest.raises(Failure, match="cancelled"):
        client.command("autogpt.run.steer", {"run": run, "message": "too late"})


def test_refine_begins_another_round_with_comments(client: Client) -> None:
    first = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(first, "verified")
    place = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 4}}
    uri = (client.root / "calc.py").as_uri()  # type: ignore[operator]

    comments = [{"text": "echo", "uri": uri, "range": place}]
    second = client.command("autogpt.run.refine", {"run": first, "comments": comments})["run"]

    told = json.loads(client.state_of(second)["reason"])["task"]
    assert told["kind"] == "refine" and told["parent"] == first
    assert [(comment["text"], comment["path"]) for comment in told["comments"]] == [("echo", "calc.py")]


def test_discard_ends_a_run_that_is_at_work_and_forgets_it(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.state_of(run, "running")

    assert client.command("autogpt.proposal.discard", {"run": run})["discarded"] is True
    with pytest.raises(Failure, match="no run"):
        client.command("autogpt.run.get", {"run": run})


def test_virtual_documents_have_both_sides(client: Client) -> None:
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(run, "verified")

    for method in ("workspace/textDocumentContent", "autogpt/textDocumentContent"):
        base = client.request(method, {"uri": f"autogpt-run:/{run}/base/calc.py"})["text"]
        new = client.request(method, {"uri": f"autogpt-run:///{run}/new/calc.py"})["text"]
        assert "a - b" in base and "a + b" in new


def test_an_untrusted_workspace_runs_nothing_until_it_is_trusted(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)
    client.initialize(initializationOptions={"trusted": False})

    for name, argument in (("implement", {"task": "propose"}), ("fix", {}), ("resume", {"run": "x"})):
        with pytest.raises(Failure, match="not trusted"):
            client.command(f"autogpt.run.{name}", argument)
    client.notify("autogpt/didChangeTrust", {"trusted": True})

    assert client.state_of(client.command("autogpt.run.fix", {})["run"])["status"] == "verified"
