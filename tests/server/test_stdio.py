"""The stream and the life of the process: what a well-behaved client never shows and every editor does once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from autogpt_lsp.stdio import Frames

from tests.server.client import PATIENCE, Client, Failure

SERVER = Path(__file__).parents[2] / "server"


def frame(text: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(text) + text


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_frames_come_out_whole_however_they_are_torn(size: int) -> None:
    stream = frame(b'{"a": 1}') + b"content-type: x\r\ncontent-length: 2\r\n\r\n{}" + frame("🙂".encode())
    frames = Frames()

    found = [body for at in range(0, len(stream), size) for body in frames.feed(stream[at : at + size])]

    assert found == [b'{"a": 1}', b"{}", "🙂".encode()]


@pytest.mark.parametrize("stream", [b"hello\r\n\r\n", b"Content-Length: x\r\n\r\n", b"x" * 70_000])
def test_what_is_no_protocol_is_an_error(stream: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        Frames().feed(stream)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(*pids: int) -> bool:
    """Wait until none of these processes runs."""
    deadline = time.monotonic() + PATIENCE
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


def with_worker(client: Client) -> int:
    """Begin a run that goes on until it is cancelled; the worker's process id."""
    run = client.command("autogpt.run.implement", {"task": "slow"})["run"]
    client.state_of(run, "running")
    return client.command("autogpt.server.info")["worker"]["pid"]


def test_a_child_that_reads_standard_input_and_prints_disturbs_nothing(client: Client) -> None:
    """Inherited descriptors would let it eat requests and break frames; the client checks every header."""
    run = client.command("autogpt.run.implement", {"task": "noise"})["run"]

    assert client.state_of(run)["status"] == "verified"
    assert client.command("autogpt.server.info")["documents"] == 0


def test_frames_stay_whole_while_everything_talks_at_once(client: Client) -> None:
    """Requests from several threads, thousands of events and progress, all on one stream."""
    runs = [client.command("autogpt.run.implement", {"task": "many"})["run"] for _ in range(3)]
    numbers = [client.ask("workspace/executeCommand", {"command": "autogpt.server.info"}) for _ in range(200)]

    for number in numbers:
        assert client.answer(number)["trusted"] is True
    for run in runs:
        assert client.state_of(run)["status"] == "verified"


def test_shutdown_with_requests_in_flight_is_answered_and_the_exit_is_clean(client: Client) -> None:
    """pygls alone answers an error here, and VS Code then reports that stopping the server failed."""
    worker = with_worker(client)
    for _ in range(5):
        client.ask("workspace/executeCommand", {"command": "autogpt.server.models"})

    assert client.shutdown() == 0
    assert gone(worker)


def test_a_client_that_waits_for_no_answer_before_it_says_exit_has_shut_down_in_order(client: Client) -> None:
    client.ask("shutdown")
    client.notify("exit")

    assert client.process.wait(PATIENCE) == 0


def test_requests_after_shutdown_are_refused(client: Client) -> None:
    client.request("shutdown")

    with pytest.raises(Failure) as failure:
        client.request("textDocument/hover", {})
    assert failure.value.code == -32600
    client.notify("exit")
    assert client.process.wait(PATIENCE) == 0


def test_exit_without_shutdown_is_told_by_the_status(client: Client) -> None:
    client.notify("exit")

    assert client.process.wait(PATIENCE) == 1


@pytest.mark.parametrize("route", ["end of input", "SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
def test_no_process_outlives_the_server_however_it_ends(client: Client, route: str) -> None:
    """Orphans with a processor at full load are the classic complaint about language servers."""
    worker = with_worker(client)

    if route == "end of input":
        assert client.process.stdin is not None
        client.process.stdin.close()
    else:
        client.process.send_signal(getattr(signal, route))

    client.process.wait(PATIENCE)
    assert gone(worker)


def test_the_server_leaves_when_its_editor_is_killed(project: Path, tmp_path: Path) -> None:
    """Only the end of its input tells it."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[3]); from pathlib import Path;"
        "from tests.server.client import Client; c = Client(Path(sys.argv[1]), Path(sys.argv[2])); c.initialize();"
        "r = c.command('autogpt.run.implement', {'task': 'slow'})['run']; c.state_of(r, 'running');"
        "print(c.process.pid, c.command('autogpt.server.info')['worker']['pid'], flush=True); time.sleep(600)"
    )
    top = Path(__file__).parents[2]
    argv = [sys.executable, "-c", code, str(project), str(tmp_path / "state"), str(top)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as editor:
        assert editor.stdout is not None
        pids = [int(word) for word in editor.stdout.readline().split()]
        editor.kill()

    assert len(pids) == 2 and gone(*pids)


def test_the_server_leaves_when_the_client_named_at_initialize_is_gone(
    project: Path, connect: Callable[..., Client]
) -> None:
    """Some other process may hold a copy of the pipe, so that its end is never seen."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        client = connect(project)
        client.initialize(processId=editor.pid)
        editor.kill()

    assert client.process.wait(PATIENCE) == 1


def test_a_client_that_does_not_read_cannot_hold_the_server(project: Path, tmp_path: Path) -> None:
    """The pipe is full, and still the server hears that its client is gone."""
    env = {
        **os.environ,
        "AUTOGPT_STATE_HOME": str(tmp_path / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2] / "server"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "autogpt_lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, bufsize=0
    ) as server:
        assert server.stdin is not None
        params = {"processId": None, "rootUri": project.as_uri(), "capabilities": {}}
        server.stdin.write(
            frame(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).encode())
        )
        ask = {"method": "workspace/executeCommand", "params": {"command": "autogpt.server.info"}}
        for number in range(1, 300):
            server.stdin.write(frame(json.dumps({"jsonrpc": "2.0", "id": number, **ask}).encode()))
        server.stdin.close()
        server.wait(PATIENCE)


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"5", b"{}", b'{"jsonrpc": "1.0", "id": 1, "method": "x"}', b"\xff\xfe", b"[" * 100_000],
    ids=["torn", "list", "number", "empty", "old", "bytes", "deep"],
)
def test_a_message_that_is_none_gets_an_error_and_the_server_goes_on(client: Client, body: bytes) -> None:
    since = len(client.heard)
    client.send_bytes(frame(body))

    error = client.wait(lambda m: "error" in m, since)
    assert error["error"]["code"] in (-32700, -32600)
    assert client.command("autogpt.server.info")["trusted"] is True


def test_requests_before_initialize_are_refused(project: Path, connect: Callable[..., Client]) -> None:
    client = connect(project)

    with pytest.raises(Failure) as failure:
        client.request("textDocument/hover", {})
    assert failure.value.code == -32002
    client.initialize()
    with pytest.raises(Failure, match="already"):
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})


def test_a_cancelled_request_is_answered_as_cancelled(client: Client) -> None:
    """pygls alone lets the handler of a command run on to its end."""
    client.answers["workspace/applyEdit"] = lambda params: threading.Event().wait(3)
    run = client.command("autogpt.run.implement", {"task": "propose"})["run"]
    client.state_of(run, "verified")
    arguments = [{"run": run, "files": ["calc.py"]}]
    number = client.ask("workspace/executeCommand", {"command": "autogpt.proposal.apply", "arguments": arguments})
    client.wait(lambda m: m.get("method") == "workspace/applyEdit")
    client.notify("$/cancelRequest", {"id": number})

    with pytest.raises(Failure) as failure:
        client.answer(number)
    assert failure.value.code == -32800


def test_standard_error_stays_silent(client: Client) -> None:
    """Editors keep it for ever and show each line as an error; the log is a file of ours."""
    client.state_of(client.command("autogpt.run.implement", {"task": "noise"})["run"])
    client.shutdown()

    assert client.stderr() == ""
    assert "client" in client.log()


def test_no_text_of_the_person_is_in_the_log(client: Client, project: Path) -> None:
    """pygls alone logs every body that it sends."""
    client.open(project / "calc.py", "password = 'hunter2'\n")
    client.request("textDocument/codeLens", {"textDocument": {"uri": (project / "calc.py").as_uri()}})
    client.shutdown()

    assert "hunter2" not in client.log()


def test_tcp_on_loopback(project: Path, tmp_path: Path) -> None:
    """For editors that connect to a port; one client, then the end."""
    import socket

    env = {**os.environ, "AUTOGPT_STATE_HOME": str(tmp_path), "PYTHONPATH": str(SERVER)}
    argv = [sys.executable, "-m", "autogpt_lsp", "--tcp", "0"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, env=env) as server:
        assert server.stderr is not None
        port = int(server.stderr.readline().decode().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            params = {"processId": None, "rootUri": project.as_uri(), "capabilities": {}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            connection.sendall(frame(json.dumps(message).encode()))
            assert b"executeCommandProvider" in connection.recv(65536)
        server.wait(PATIENCE)
