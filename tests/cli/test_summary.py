"""What a person reads at the end must be what is there, to the character."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.cli.summary import print_result
from autogpt.result import FileStat, Result, Tests

DIFF = """\
--- a/shop.py
+++ b/shop.py
@@ -1 +1 @@
-    return [total * w for w in weights][bold] + ":smile:"
+    return [0] * len(weights)
"""


def test_the_diff_is_printed_to_the_character(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are code, not markup: a diff with holes in it would be a lie."""
    result = Result("ab12", "verified", "tests/t.py::test[1] passes now.", "autogpt/x", diff=DIFF, commit="c" * 40)
    print_result(result, tmp_path)
    out = capsys.readouterr().out
    assert DIFF.rstrip() in out
    assert "Verified: tests/t.py::test[1] passes now." in out
    assert f"autogpt apply ab12 -C {tmp_path}" in out


def test_the_evidence_names_each_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = Tests("pytest", fixed=("a",), broken=("b",), still_failing=("c",), preexisting=("d",), added=("e",))
    files = (FileStat("shop.py", 2, 1),)
    print_result(
        Result("ab12", "failed", "Breaks b.", "autogpt/x", tests=tests, files=files, candidates=1, iterations=2),
        tmp_path,
    )
    out = capsys.readouterr().out
    for line in (
        "fixed: a",
        "broken: b",
        "still failing: c",
        "1 other test failed before",
        "added: e",
        "shop.py +2 -1",
    ):
        assert line in out
    assert "1 candidate in 2 rounds" in out
