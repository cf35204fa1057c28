"""Runs of the product on cases: verified is not correct, and every end is a row."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autogpt.bench.cases import load_cases
from autogpt.bench.contest import Contest, Row, rows
from autogpt.bench.table import picture, summary, table
from autogpt.cli.app import run_command_line


def write_case(folder: Path, hidden: str) -> None:
    """A function that lacks a 1, one test that shows it, and another one."""
    place = folder / "plus"
    (place / "workspace").mkdir(parents=True)
    (place / "hidden").mkdir()
    (place / "task.toml").write_text("")
    (place / "workspace" / "plus.py").write_text("def plus(a, b):\n    return a - b\n")
    test = "from plus import plus\n\n\ndef test_it():\n    assert plus({}) == {}\n"
    (place / "workspace" / "test_plus.py").write_text(test.format("2, 3", "5"))
    (place / "hidden" / "test_hidden.py").write_text(test.format("1, 1", hidden))


@pytest.mark.parametrize(("hidden", "is_correct"), [("2", True), ("3", False)])
def test_a_proposal_is_put_to_the_hidden_tests(tmp_path: Path, hidden: str, is_correct: bool) -> None:
    write_case(tmp_path, hidden)

    (row,) = rows(load_cases(tmp_path), Contest("search", 60.0), 1)

    assert (row.status, row.correct, row.model) == ("verified", is_correct, "search")
    assert "-" in (tmp_path / "plus" / "workspace" / "plus.py").read_text()  # the case itself is as it was


def test_a_run_without_an_answer_is_a_row(tmp_path: Path) -> None:
    """An option that the command line does not know, or a model that there is not."""
    write_case(tmp_path, "2")

    (row,) = rows(load_cases(tmp_path), Contest("no-such-model", 5.0), 1)

    assert row.status == "no answer" and "no-such-model" in row.reason and row.correct is None


SOME = [
    Row("a", "m", "verified", True, 1.0, 10, 0.5, 3),
    Row("b", "m", "verified", False, 3.0, 20, 0.25, 5),
    Row("c", "m", "failed", False, 8.0, 0, 0.0, 90, "The time was up."),
]
UNPROVED = Row("d", "m", "unverified", True, 9.0)


def test_the_table_counts_what_was_verified_and_what_is_correct() -> None:
    told = summary(SOME, 4)

    assert (told["cases"], told["run"], told["verified"], told["correct"]) == (4, 3, 2, 1)
    assert told["seconds"] == {"median": 3.0, "median_verified": 2.0}
    assert (told["tokens"], told["cost_usd"]) == (30, 0.75)
    assert "| verified | 2, 66.7% |" in table(SOME, 4) and "| c | failed | no | 8.0 |" in table(SOME, 4)


def test_what_is_correct_though_not_verified_is_counted_apart() -> None:
    """Of what was verified all must be correct; the rest is no merit of the tests."""
    assert (summary([*SOME, UNPROVED], 4)["correct"], summary([*SOME, UNPROVED], 4)["correct_unverified"]) == (1, 1)
    assert "| correct, though not verified | 1 |" in table([*SOME, UNPROVED], 4)
    assert "though not verified" not in table(SOME, 4)


def test_one_case_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_case(tmp_path / "cases", "2")
    code = run_command_line(["bench", str(tmp_path / "cases"), "--case", "minus", "--out", str(tmp_path / "out")])
    assert code == 2 and "There is no case minus." in capsys.readouterr().err


def test_nothing_run_is_a_table_too() -> None:
    assert "| cases run | 0 of 4 |" in table([], 4)
    ElementTree.fromstring(picture("<none>", [], 60.0))


def test_the_picture_rises_with_every_case_that_was_verified() -> None:
    drawn = ElementTree.fromstring(picture("a & b", SOME, 60.0))
    lines = [one.get("points", "").split() for one in drawn if one.tag.endswith("polyline")]

    heights = [len({point.split(",")[1] for point in line}) for line in lines]
    assert heights == [3, 2]  # 0, 1, 2 verified; 0, 1 correct


def test_the_command_keeps_rows_and_goes_on_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has a row is not run again with `--resume`."""
    write_case(tmp_path / "cases", "2")
    out = tmp_path / "out"
    out.mkdir()
    kept = Row("plus", "kept", "failed")
    from dataclasses import asdict

    (out / "rows.jsonl").write_text(json.dumps(asdict(kept)) + "\n")

    code = run_command_line(["bench", str(tmp_path / "cases"), "--out", str(out), "--resume", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 0 and told["models"] == ["kept"] and told["rows"][0]["status"] == "failed"
    assert (out / "table.md").exists() and (out / "picture.svg").exists()
