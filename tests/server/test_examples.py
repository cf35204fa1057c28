"""The whole path on the sample project; scripted are a language model's words only."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git
from tests.models.server import Reply, said, serving
from tests.server.client import Client, Failure

SAMPLE = Path(__file__).parents[2] / "examples" / "shop"
PLAIN = "    return title.strip().lower()\n"
JOINED = '    return "-".join(words(title))\n'
SLUGS = [
    f"tests/test_text.py::test_slug_{name}"
    for name in ("of_a_plain_title", "joins_words_with_dashes", "drops_punctuation")
]


def slug(body: str, more: str = "") -> Reply:
    """An answer that writes the unfinished function."""
    doc = '    """The part of a web address that stands for a title."""\n'
    edit = f"```edit symbol shop/text.py::slug\ndef slug(title: str) -> str:\n{doc}{more}{body}```\n"
    return said(f"{edit}Summary: Write slug\n")


@pytest.fixture
def shop(tmp_path: Path, lean_python: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample in a repository of its own, with the interpreter that starts fastest."""
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "A shop")
    return folder


def line_of(path: Path, text: str) -> int:
    return path.read_text().splitlines().index(text)


def actions(client: Client, uri: str, line: int) -> list[dict[str, Any]]:
    place = {"line": line, "character": 4}
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    return client.request("textDocument/codeAction", params)


def test_action_run_progress_state_diff_apply_by_hunk_revert_discard(
    shop: Path, connect: Callable[..., Client]
) -> None:
    """With the built-in model, from the light bulb over an unfinished function to a repository as it was."""
    client = connect(shop, worker="")
    client.initialize()
    path = shop / "shop" / "text.py"
    uri = client.open(path)
    action = next(
        a for a in actions(client, uri, line_of(path, "def slug(title: str) -> str:")) if "slug" in a["title"]
    )

    run = client.command(action["command"]["command"], action["command"]["arguments"][0])["run"]
    state = client.state_of(run)

    assert (state["status"], state["root"], state["model"]) == ("verified", str(shop), "builtin"), state["reason"]
    assert set(SLUGS) <= set(state["tests"]["fixed"])
    client.wait(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end")
    told = [m["params"]["value"] for m in client.heard if m.get("method") == "$/progress"]
    assert [told[0]["kind"], told[-1]["kind"]] == ["begin", "end"] and any(v["kind"] == "report" for v in told)
    with pytest.raises(Failure, match="does not change"):
        client.command("autogpt.proposal.diff", {"run": run, "path": "shop/money.py"})
    with pytest.raises(Failure, match="does not change"):
        client.command("autogpt.proposal.apply", {"run": run, "files": ["shop/money.py"]})
    assert "-    raise NotImplementedError" in client.command("autogpt.proposal.diff", {"run": run})["diff"]

    (file,) = state["files"]
    hunks = [hunk["id"] for hunk in file["hunks"]]
    applied = client.command("autogpt.proposal.apply", {"run": run, "hunks": hunks})
    assert applied == {"applied": ["shop/text.py"], "conflicts": []}
    assert "raise NotImplementedError" not in client.texts[uri]
    client.command("autogpt.proposal.revert", {"run": run})
    assert client.texts[uri] == path.read_text()
    client.command("autogpt.proposal.discard", {"run": run})
    assert git(shop, "branch", "--list", "autogpt/*") == "" and git(shop, "status", "--porcelain") == ""


def test_a_run_is_steered_and_its_proposal_refined_by_a_comment(shop: Path, connect: Callable[..., Client]) -> None:
    """What the person says reaches the model in the next prompt, and the next round stands on the one before."""
    client = connect(shop, worker="")
    client.initialize()
    remark = "    # Words are what is left without punctuation.\n"
    with serving(slug(PLAIN), slug(JOINED), slug(JOINED, remark)) as model:
        options = {"model": "tiny", "endpoint": model.url}
        argument = {"tests": ["tests/test_text.py"], "options": options}
        first = client.command("autogpt.run.fix", argument)["run"]
        client.command("autogpt.run.steer", {"run": first, "message": "Reuse the helper for words."})
        done = client.state_of(first)
        assert done["status"] == "verified", done["reason"]
        assert "Reuse the helper for words." in str(model.requests[0]["messages"])
        assert done["iteration"] == 2, "the first answer did a part of it, which the second built on"

        (hunk,) = done["files"][0]["hunks"]
        place = {"line": hunk["new_line"], "character": 0}
        where = {"uri": f"autogpt-run:/{first}/new/shop/text.py", "range": {"start": place, "end": place}}
        comments = [{"text": "Say in a comment what words are.", **where}]
        argument = {"run": first, "comments": comments, "options": options}
        second = client.command("autogpt.run.refine", argument)["run"]
        again = client.state_of(second)

    assert again["status"] in ("verified", "unverified"), again["reason"]
    assert "Say in a comment what words are." in str(model.requests[2]["messages"])
    assert (again["branch"], again["base"]) == (done["branch"], done["base"])
    assert git(shop, "rev-parse", again["commit"] + "^").strip() == done["commit"]
    assert remark.strip() in client.command("autogpt.proposal.diff", {"run": second})["diff"]


def test_what_a_killed_server_was_at_and_what_waited_there_goes_on_in_the_next_one(
    shop: Path, connect: Callable[..., Client]
) -> None:
    """With the model each run was made with, whatever is chosen today, and from what was kept."""
    with serving(slug(PLAIN), Reply(end="hang"), slug(JOINED)) as model:
        first = connect(shop, worker="")
        first.initialize(initializationOptions={"settings": {"maxRuns": 1}})
        options = {"model": "tiny", "endpoint": model.url}
        begun = first.command("autogpt.run.fix", {"tests": ["tests/test_text.py"], "options": options})["run"]
        argument = {"tests": ["tests/test_catalogue.py"], "options": {"maxIterations": 3}}
        waiting = first.command("autogpt.run.fix", argument)["run"]
        first.wait(lambda m: m.get("method") == "autogpt/runDidChange" and m["params"]["commit"] != "")
        assert "Waiting" in first.command("autogpt.run.get", {"run": waiting})["step"]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()

        second = connect(shop, worker="")
        second.initialize(initializationOptions={"settings": {"model": "chosen-since", "maxRuns": 1}})
        left = {state["run"]: state for state in second.command("autogpt.run.list", {})["runs"]}
        assert {run: state["status"] for run, state in left.items()} == dict.fromkeys((begun, waiting), "interrupted")
        assert left[begun]["tests"]["fixed"] == SLUGS[:1] and left[waiting]["commit"] == ""
        for run in (begun, waiting):
            second.command("autogpt.run.resume", {"run": run})
        ends = [second.state_of(run, "verified", "unverified", "failed", "error") for run in (begun, waiting)]

    assert [(end["status"], end["model"]) for end in ends] == [("verified", "tiny"), ("verified", "builtin")], ends
    assert set(SLUGS) <= set(ends[0]["tests"]["fixed"])
    branches = git(shop, "branch", "--list", "autogpt/*")
    assert all(end["branch"] in branches for end in ends)
