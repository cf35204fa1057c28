"""A worker that speaks the real protocol from a real process, but whose runs are told by a script instead of a model.

What a run does is said by the text of its task: `fix add` proposes a change, `slow` waits for its cancel, `crash` kills
the worker, `noise` prints and starts a child that reads standard input, `fail` cannot begin, `many` sends events fast.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from autogpt import wire
from autogpt.events import (
    CandidateProposed,
    FailedTest,
    Noted,
    PartWeighed,
    PhaseStarted,
    Place,
    Record,
    RunEnded,
    RunStarted,
    SearchProgressed,
    SuspectsFound,
    TestsRan,
)
from autogpt.result import FileStat, Result, Tests
from autogpt.task import Task
from autogpt.worker import protocol
from autogpt.worker.hunks import hunks_of, merge
from autogpt.worker.processes import own_session
from autogpt.worker.streams import Lines

FAILING = "tests/test_calc.py::test_add"
FAILURE = FailedTest(
    FAILING,
    "assert -1 == 5\n +  where -1 = add(2, 3)",
    "AssertionError",
    (Place("tests/test_calc.py", 5, "test_add", "assert add(2, 3) == 5"),),
)


@dataclass
class Script:
    task: Task
    seq: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)
    status: str = "running"
    base: dict[str, str | None] = field(default_factory=dict)
    new: dict[str, str | None] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    hunks: set[str] = field(default_factory=set)


class ScriptedWorker:
    def __init__(self) -> None:
        self.lines = Lines.guarded()
        self.runs: dict[str, Script] = {}

    def serve(self) -> None:
        for line in self.lines.read():
            request = json.loads(line)
            try:
                result = getattr(self, "on_" + request["method"])(request["params"])
                self.lines.write({"id": request["id"], "result": result})
            except KeyError as error:
                problem = {"kind": "usage", "message": f"There is no {error} here.", "hint": ""}
                self.lines.write({"id": request["id"], "error": problem})

    def on_hello(self, _: Any) -> Any:
        return {"protocol": protocol.VERSION, "pid": os.getpid(), "scripted": True}

    def on_start(self, params: Any) -> Any:
        task = wire.task_from_json(params["task"])
        self.runs[params["run"]] = Script(task)
        threading.Thread(target=self.work, args=(params["run"], params["options"]), daemon=True).start()
        return {"run": params["run"]}

    def tell(self, run: str, event: Any) -> None:
        script = self.runs[run]
        record = Record(run, script.seq, time.time(), event)
        script.seq += 1
        self.lines.write({"method": protocol.EVENT, "params": wire.record_to_json(record)})

    def work(self, run: str, options: dict[str, Any]) -> None:
        script = self.runs[run]
        text = script.task.title()
        if text == "fail":
            failed = protocol.Failed(run, "model", "There is no such model.", "Name another.")
            self.lines.write({"method": protocol.FAILED, "params": asdict(failed)})
            return
        model = str(options.get("model", "scripted"))
        self.tell(run, RunStarted(run, script.task, model, "b" * 40, "autogpt/x", "0"))
        self.tell(run, PhaseStarted("understand"))
        self.tell(run, TestsRan("baseline", 3, 1, 0, 0.1, (FAILING,), failures=(FAILURE,)))
        self.tell(run, SuspectsFound((FAILING,), (Place("calc.py", 2, "add", "return a - b"),)))
        self.tell(run, SearchProgressed(1, 10.0, "calc.py::add"))
        if text == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "noise":
            print("this must not reach the stream", flush=True)
            subprocess.run([sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"], check=True)
        if text == "many":
            for number in range(3000):
                self.tell(run, Noted(f"step {number}"))
        if text.startswith("slow"):
            script.stop.wait()
            self.end(run, "cancelled", "Cancelled.")
            return
        if text == "echo":
            unsaved = {item.path: item.text for item in script.task.unsaved}
            self.end(run, "failed", json.dumps({"task": asdict(script.task), "unsaved": unsaved, "options": options}))
            return
        self.propose(run)

    def propose(self, run: str) -> None:
        script = self.runs[run]
        root = Path(script.task.workspace)
        base = (root / "calc.py").read_bytes().decode()
        script.base = {"calc.py": base, "gone.py": "old\n", "new.py": None}
        script.new = {
            "calc.py": base.replace("a - b", "a + b").replace("pass  # later", "return -a"),
            "gone.py": None,
            "new.py": "fresh = True\n",
        }
        if script.task.title() == "fix add":
            script.base, script.new = {"calc.py": base}, {"calc.py": script.new["calc.py"]}
        if script.task.title() == "move":
            script.base, script.new = (
                {"calc.py": base, "sums.py": None},
                {"calc.py": None, "sums.py": script.new["calc.py"]},
            )
        self.tell(run, CandidateProposed(1, "Add instead of subtract", self.files(script), "diff"))
        if len(script.new) > 1:
            self.tell(run, PartWeighed("calc.py", 1, 1, (FAILING,)))
            self.tell(run, PartWeighed("calc.py", 5, 1, ()))
        self.end(run, "verified", "1 test was fixed.")

    def files(self, script: Script) -> tuple[FileStat, ...]:
        return tuple(FileStat(path, 1, 1) for path in script.new)

    def end(self, run: str, status: Any, reason: str) -> None:
        script = self.runs[run]
        script.status = status
        proposed = status == "verified"
        result = Result(
            run,
            status,
            reason,
            branch="autogpt/x" if proposed else "",
            base="b" * 40,
            commit="c" * 40 if proposed else "",
            files=self.files(script) if proposed else (),
            diff="diff" if proposed else "",
            tests=Tests("pytest", fixed=(FAILING,) if proposed else ()),
            model="scripted",
        )
        self.tell(run, RunEnded(result))

    def on_cancel(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        running = script.status == "running"
        script.stop.set()
        return {"cancelled": running}

    def on_steer(self, params: Any) -> Any:
        self.tell(params["run"], Noted("Heard: " + params["message"]))
        return {"heard": True}

    def on_list(self, params: Any) -> Any:
        return {"runs": []}

    def on_diff(self, params: Any) -> Any:
        self.runs[params["run"]]
        return {"diff": "--- a/calc.py\n+++ b/calc.py\n"}

    def on_hunks(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        found = [asdict(hunk) for path in script.new for hunk in hunks_of(path, script.base[path], script.new[path])]
        return {"hunks": found, "applied": sorted(script.hunks)}

    def on_text(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        return {"text": (script.base if params["side"] == "base" else script.new)[params["path"]]}

    def on_plan(self, params: Any) -> Any:
        asked = wire.structure(params, protocol.Plan)
        script = self.runs[asked.run]
        writes, conflicts, done = [], [], []
        for path, new in script.new.items():
            if asked.files is not None and path not in asked.files:
                continue
            base = script.base[path]
            names = [hunk.id for hunk in hunks_of(path, base, new)]
            if asked.hunks is not None and not set(names) & set(asked.hunks):
                continue
            current = asked.current.get(path, self.disk(asked.workspace, path))
            if base is None or new is None:
                writes.append(protocol.FileWrite(path, current, new))
                done += names
                continue
            merged = merge(path, base, new, current or "", asked.hunks)
            writes.append(protocol.FileWrite(path, current, merged.text))
            conflicts += merged.conflicts
            done += merged.done
        return asdict(protocol.Planned(tuple(writes), tuple(conflicts), tuple(done)))

    def disk(self, workspace: str, path: str) -> str | None:
        full = Path(workspace) / path
        return full.read_bytes().decode() if full.exists() else None

    def on_write(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        for path in params["paths"]:
            text = (script.base if params["revert"] else script.new)[path]
            full = Path(params["workspace"]) / path
            full.unlink(missing_ok=True) if text is None else full.write_text(text)
        return {"written": params["paths"]}

    def on_applied(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        script.steps += [write for write in params["writes"] if not write["raw"]]
        script.hunks |= set(params["hunks"])
        return {}

    def on_plan_revert(self, params: Any) -> Any:
        script = self.runs[params["run"]]
        writes = []
        for step in reversed(script.steps):
            path = step["path"]
            current = params["current"].get(path, self.disk(params["workspace"], path))
            if step["after"] is None or step["before"] is None or current is None:
                writes.append(protocol.FileWrite(path, current, step["before"]))
            else:
                merged = merge(path, step["after"], step["before"], current)
                writes.append(protocol.FileWrite(path, current, merged.text))
        return asdict(replace(protocol.Planned(), writes=tuple(writes)))

    def on_reverted(self, params: Any) -> Any:
        self.runs[params["run"]].steps.clear()
        return {}

    def on_discard(self, params: Any) -> Any:
        self.runs.pop(params["run"])
        return {}

    def on_models(self, params: Any) -> Any:
        return {"models": [{"name": "scripted", "note": ""}], "current": "scripted"}

    def on_doctor(self, params: Any) -> Any:
        return {"findings": {place: [] for place in params["workspaces"]}}


if __name__ == "__main__":
    own_session()
    ScriptedWorker().serve()
    os._exit(0)
