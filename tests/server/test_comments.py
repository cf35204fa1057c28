"""Remarks on a proposal: wherever they are written, the next round hears them about the proposed text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.client import Client, Failure
from tests.server.conftest import CALC


def span(line: int, start: int, last: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}


@pytest.fixture
def run(client: Client) -> str:
    """A proposal: `calc.py` changed in lines 1 and 5, `gone.py` deleted, `new.py` made."""
    return client.state_of(client.command("autogpt.run.implement", {"task": "propose"})["run"], "verified")["run"]


def heard(client: Client, run: str, **comment: Any) -> dict[str, Any]:
    """The comment as the next round gets it."""
    comments = [{"text": "echo", **comment}]
    again = client.command("autogpt.run.refine", {"run": run, "comments": comments})["run"]
    (told,) = json.loads(client.state_of(again)["reason"])["task"]["comments"]
    return told


@pytest.mark.parametrize(
    ("place", "range", "told"),
    [
        ("new/calc.py", span(1, 4, 1, 10), span(1, 4, 1, 10)),
        ("base/calc.py", span(0, 4, 0, 7), span(0, 4, 0, 7)),
        ("base/calc.py", span(1, 4, 1, 10), span(1, 0, 1, 16)),
        ("base/calc.py", span(4, 0, 6, 0), span(4, 0, 6, 0)),
        ("base/gone.py", span(0, 0, 0, 3), None),
        ("new/new.py", span(0, 0, 0, 5), span(0, 0, 0, 5)),
        ("new/calc.py", None, None),
    ],
)
def test_a_remark_on_a_side_of_the_comparison_keeps_its_place(
    client: Client, run: str, place: str, range: Any, told: Any
) -> None:
    """On a line that the proposal changed it is about the whole of what took its place."""
    comment = heard(client, run, uri=f"autogpt-run:/{run}/{place}", range=range)

    assert (comment["path"], comment["range"]) == (place.partition("/")[2], told)


def test_a_remark_in_the_persons_own_file_follows_the_text(client: Client, run: str) -> None:
    """They wrote two lines above it meanwhile, with characters that count differently everywhere."""
    assert client.root is not None
    uri = client.open(client.root / "calc.py")
    client.change(uri, "# 🙂\n# mine\n" + CALC)

    assert heard(client, run, uri=uri, range=span(2, 4, 2, 7))["range"] == span(0, 4, 0, 7)
    assert heard(client, run, uri=uri, range=span(3, 0, 3, 9))["range"] == span(1, 0, 1, 16)


def test_a_remark_on_a_file_that_the_proposal_leaves_alone_is_heard_as_it_is(client: Client, run: str) -> None:
    assert client.root is not None
    uri = (client.root / "tests" / "test_calc.py").as_uri()

    told = heard(client, run, uri=uri, range=span(4, 0, 4, 5))

    assert told == {"text": "echo", "path": "tests/test_calc.py", "range": span(4, 0, 4, 5)}


@pytest.mark.parametrize(
    ("uri", "range", "says"),
    [
        ("autogpt-run:/ffffffff/new/calc.py", None, "not on"),
        ("autogpt-run:/{run}/new/calc.py", span(500, 0, 500, 0), "500|501"),
        ("autogpt-run:/{run}/new/calc.py", 5, "range"),
        ("autogpt-run:/{run}/old/calc.py", None, "autogpt-run"),
        ("file:///etc/passwd", None, "outside"),
    ],
)
def test_a_remark_on_no_place_is_refused(client: Client, run: str, uri: str, range: Any, says: str) -> None:
    with pytest.raises(Failure, match=says):
        heard(client, run, uri=uri.format(run=run), range=range)
