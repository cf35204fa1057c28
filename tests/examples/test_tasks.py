"""The tasks that begin from nothing: their checks refuse an empty result, and one of them is done by a whole run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TASKS = Path(__file__).resolve().parents[2] / "examples" / "tasks"
NAMES = sorted(path.parent.name for path in TASKS.glob("*/task.md"))

TESTS = """\
import json
import subprocess
import sys


def test_a_small_file_is_reported(tmp_path):
    (tmp_path / "in.csv").write_text('date,product,amount\\n01.03.2024,Tea," 4,50 "\\n,Tea,1\\n', encoding="utf-8")
    subprocess.run([sys.executable, "analyse.py", tmp_path / "in.csv", tmp_path / "out.json"], check=True)
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["rows"] == 1 and found["dropped"] == 1 and found["by_month"] == {"2024-03": 4.5}
"""
PROGRAM = '''\
"""Cleans sales in a CSV file and writes a report of them."""

import csv
import json
import sys
from datetime import datetime
from decimal import Decimal


def month(text):
    form = "%d.%m.%Y" if "." in text else "%Y-%m-%d"
    return datetime.strptime(text, form).strftime("%Y-%m")


def clean(rows):
    seen = set()
    for row in rows:
        row = tuple((field or "").strip() for field in row)
        if all(row) and row not in seen:
            seen.add(row)
            yield month(row[0]), row[1].lower(), Decimal(row[2].replace(",", "."))


def report(rows):
    kept = list(clean(rows))

    def sums(place):
        totals = {}
        for row in kept:
            totals[row[place]] = totals.get(row[place], 0) + row[2]
        return {key: float(round(total, 2)) for key, total in totals.items()}

    total = float(round(sum(row[2] for row in kept), 2))
    return {
        "rows": len(kept),
        "dropped": len(rows) - len(kept),
        "total": total,
        "by_product": sums(1),
        "by_month": sums(0),
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))[1:]
    with open(sys.argv[2], "w", encoding="utf-8") as target:
        json.dump(report(rows), target, indent=2)
'''
README = "# Sales\n\n`python analyse.py sales.csv report.json`; `by_month` holds the sums of each month.\n"
SCRIPT = f"""\
=== answer
```edit file tests/test_analyse.py
{TESTS}```
=== answer
Plan:
1. Clean the rows
2. Sum them up

```edit file analyse.py
{PROGRAM}```

```edit file README.md
{README}```
Summary: Analyse sales
"""


def test_there_are_tasks_of_several_kinds() -> None:
    assert NAMES == ["epidemic", "exercise", "sales", "weather"]
    assert all(list((TASKS / name / "checks").glob("test_*.py")) for name in NAMES)


@pytest.mark.parametrize("name", ["epidemic", "exercise", "sales"])
def test_the_checks_of_a_task_refuse_an_empty_folder(name: str, tmp_path: Path) -> None:
    """A check that passes on nothing would say nothing. (Those of `weather` wait for a server.)"""
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:asyncio"]
    checks = str(TASKS / name / "checks")
    done = subprocess.run(
        [*command, checks], env={**os.environ, "PROJECT": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and " failed" in done.stdout


def test_a_task_is_done_from_its_text_to_its_checks(tmp_path: Path) -> None:
    """The whole way: prepare, implement, apply, check."""
    script = tmp_path / "answers.txt"
    script.write_text(SCRIPT, encoding="utf-8")
    folder = tmp_path / "work"
    done = subprocess.run(
        [sys.executable, TASKS / "run.py", "sales", "--folder", folder, "--model", f"scripted:{script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (folder / "analyse.py").read_text(encoding="utf-8") == PROGRAM
