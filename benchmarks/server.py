"""What an editor feels of the server: start, memory, latency while a run works, cancel, leaks.

`make bench-server` prints a table. `--peers` installs python-lsp-server and jedi-language-server into a cache, to
compare start, memory and hover. The run that works meanwhile is a real one of the built-in model.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
PEERS = {"pylsp": ["pylsp"], "jedi-language-server": ["jedi-language-server"]}
LONG = 5_000
"""Lines of the file in which actions and hovers are asked for."""


class Wire:
    """A minimal client that answers what servers ask, and measures."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(environment)
        )
        self.number = 0
        self.states: dict[str, str] = {}
        self.first_progress: dict[str, float] = {}

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message; requests of the server are answered with null, news of runs are noted."""
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        if "id" in message and "method" in message:
            self.send({"id": message["id"], "result": None})
        elif message.get("method") == "autogpt/runDidChange":
            self.states[message["params"]["run"]] = message["params"]["status"]
        elif message.get("method") == "$/progress":
            self.first_progress.setdefault(str(message["params"]["token"]), time.perf_counter())
        return message

    def ask(self, method: str, params: Any = None) -> Any:
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                return message.get("result")

    def until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self.receive()

    def command(self, name: str, argument: Any = None) -> Any:
        return self.ask("workspace/executeCommand", {"command": name, "arguments": [argument or {}]})

    def initialize(self, root: Path) -> float:
        """Seconds from the start of the process to the answer."""
        capabilities = {"window": {"workDoneProgress": True}}
        params = {"processId": os.getpid(), "rootUri": root.as_uri(), "capabilities": capabilities}
        self.ask("initialize", {**params, "workspaceFolders": [{"uri": root.as_uri(), "name": "root"}]})
        took = time.perf_counter() - self.began
        self.send({"method": "initialized", "params": {}})
        return took

    def open(self, path: Path) -> str:
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text(encoding="utf-8")}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        return path.as_uri()

    def close(self) -> None:
        self.ask("shutdown")
        self.send({"method": "exit"})
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def memory(pid: int) -> float:
    """Resident megabytes of one process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def processor(pid: int) -> float:
    """Seconds of processor time so far: what the start costs, whatever else the machine does."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def latency(wire: Wire, method: str, params: Any, times: int) -> str:
    """Median and 99th percentile in milliseconds."""
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        wire.ask(method, params)
        took.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(took):.1f} / {sorted(took)[int(len(took) * 0.99) - 1]:.1f} ms"


def long_file(root: Path) -> Path:
    """A file with many functions, some of them unfinished."""
    body = "def function_{0}(a, b):\n    '''Text.'''\n    if a > b:\n        return a - b\n    return {0}\n\n\n"
    stub = "def stub_{0}(a):\n    pass\n\n\n"
    parts = [stub.format(i) if i % 20 == 0 else body.format(i) for i in range(LONG // 7)]
    path = root / "long.py"
    path.write_text("".join(parts) + "\n" * LONG, encoding="utf-8")
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(True)[:LONG]), encoding="utf-8")
    return path


def places(uri: str, line: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters of a code action and of a hover."""
    place = {"line": line, "character": 4}
    action = {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    return {"textDocument": {"uri": uri}, **action}, {"textDocument": {"uri": uri}, "position": place}


def measure_peer(name: str, command: list[str], root: Path) -> None:
    wire = Wire(command, os.environ)
    start = wire.initialize(root)
    spent = processor(wire.process.pid)
    uri = wire.open(long_file(root))
    hover = latency(wire, "textDocument/hover", places(uri, 400)[1], 30)
    print(
        f"{name:24} initialize {start:.2f} s, processor {spent:.2f} s, {memory(wire.process.pid):.0f} MB, hover {hover}"
    )
    wire.close()


def measure_own(root: Path, times: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOP / "server"), str(TOP)])}
    command = [sys.executable, "-m", "autogpt_lsp"]
    starts: list[float] = []
    spent: list[float] = []
    for _ in range(5):
        wire = Wire(command, environment)
        starts.append(wire.initialize(root))
        spent.append(processor(wire.process.pid))
        idle = memory(wire.process.pid)
        wire.close()
    print(
        f"{'autogpt':24} initialize {statistics.median(starts):.2f} s, best {min(starts):.2f} s, "
        f"processor {statistics.median(spent):.2f} s (of 5), memory {idle:.0f} MB"
    )
    wire = Wire(command, environment)
    wire.initialize(root)
    uri = wire.open(long_file(root))
    action, hover = places(uri, 400)
    print(f"{'  idle':24} code action {latency(wire, 'textDocument/codeAction', action, times)}")
    print(f"{'  idle':24} hover       {latency(wire, 'textDocument/hover', hover, times)}")
    began = time.perf_counter()
    run = wire.command("autogpt.run.fix")["run"]
    wire.until(lambda: f"autogpt/{run}" in wire.first_progress)
    print(f"{'  first progress':24} {(wire.first_progress[f'autogpt/{run}'] - began) * 1000:.0f} ms after the command")
    wire.until(lambda: wire.states.get(run) == "running")
    print(f"{'  while a run works':24} code action {latency(wire, 'textDocument/codeAction', action, times)}")
    print(f"{'  while a run works':24} hover       {latency(wire, 'textDocument/hover', hover, times)}")
    measure_changes(wire, uri, action)
    measure_cancel(wire, run)
    measure_leaks(wire, uri, root)
    wire.close()


def measure_changes(wire: Wire, uri: str, action: Any) -> None:
    """Actions right after each key press: nothing that was computed before can be used."""
    took: list[float] = []
    for version in range(2, 102):
        place = {"line": 200, "character": 0}
        change = [{"range": {"start": place, "end": place}, "text": "#"}]
        identifier = {"uri": uri, "version": version}
        wire.send(
            {"method": "textDocument/didChange", "params": {"textDocument": identifier, "contentChanges": change}}
        )
        began = time.perf_counter()
        wire.ask("textDocument/codeAction", action)
        took.append((time.perf_counter() - began) * 1000)
    print(f"{'  after each key press':24} code action {statistics.median(took):.1f} / {sorted(took)[98]:.1f} ms")


def measure_cancel(wire: Wire, run: str) -> None:
    worker = wire.command("autogpt.server.info")["worker"]["pid"]
    began = time.perf_counter()
    wire.command("autogpt.run.cancel", {"run": run})
    while below(worker) and time.perf_counter() - began < 10:
        time.sleep(0.005)
    dead = time.perf_counter() - began
    wire.until(lambda: wire.states.get(run) not in ("queued", "running"))
    told = time.perf_counter() - began
    print(f"{'  cancel':24} all test processes dead after {dead * 1000:.0f} ms, told after {told * 1000:.0f} ms")


def below(pid: int) -> list[int]:
    sys.path.insert(0, str(TOP))
    from autogpt.worker.processes import descendants

    return descendants(pid)


def measure_leaks(wire: Wire, uri: str, root: Path) -> None:
    """10,000 changes with 20 runs started and cancelled; what is left of it."""
    worker = wire.command("autogpt.server.info")["worker"]["pid"]

    def counts() -> tuple[float, int, int, int, int]:
        server = wire.process.pid
        open_files = [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (server, worker)]
        branches = subprocess.run(
            ["git", "branch", "--list", "autogpt/*"], cwd=root, capture_output=True, text=True, check=True
        ).stdout.count("\n")
        return memory(server), *open_files, len(below(worker)), branches

    before = counts()
    version = 1000
    for _ in range(20):
        run = wire.command("autogpt.run.fix")["run"]
        for _ in range(500):
            version += 1
            place = {"line": 100 + version % 50, "character": 0}
            change = [{"range": {"start": place, "end": place}, "text": "x" if version % 2 else ""}]
            identifier = {"uri": uri, "version": version}
            params = {"textDocument": identifier, "contentChanges": change}
            wire.send({"method": "textDocument/didChange", "params": params})
        wire.command("autogpt.run.cancel", {"run": run})
        wire.until(lambda run=run: wire.states.get(run) not in (None, "queued", "running"))
        wire.command("autogpt.proposal.discard", {"run": run})
    names = ("memory of the server in MB", "its open files", "the worker's", "processes below it", "branches")
    for name, old, new in zip(names, before, counts(), strict=True):
        print(f"{'  10,000 changes, 20 runs':24} {name}: {old:.0f} before, {new:.0f} after")


def install_peers(folder: Path) -> None:
    venv.create(folder, with_pip=True)
    packages = ["python-lsp-server", "jedi-language-server"]
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300, help="requests per latency figure")
    parser.add_argument("--peers", action="store_true", help="install the other servers and measure them too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["AUTOGPT_STATE_HOME"] = str(Path(scratch) / "state")
        root = Path(scratch) / "shop"
        shutil.copytree(TOP / "examples" / "shop", root, ignore=shutil.ignore_patterns("__pycache__"))
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Begin"]):
            subprocess.run(["git", *arguments], cwd=root, check=True)
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}, {LONG} lines; median / p99")
        measure_own(root, given.times)
        peers = TOP / ".cache" / "lsp-peers"
        if given.peers and not (peers / "bin" / "pylsp").exists():
            install_peers(peers)
        for name, command in PEERS.items():
            executable = shutil.which(command[0], path=f"{peers / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
            if executable:
                measure_peer(name, [executable, *command[1:]], root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
