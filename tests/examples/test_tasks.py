"""The tasks that begin from nothing: their checks refuse an empty result, and one of them is done by a whole run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.bench.cases import load_cases

TASKS = Path(__file__).resolve().parents[2] / "examples" / "tasks"

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
SALES = f"""\
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


EXERCISE = '''\
=== answer
No test: the tests of an exercise are meant to fail until somebody solves it.
=== answer
Plan:
1. Aufgabe, Rumpf und Tests

```edit file AUFGABE.md
# Primfaktoren

Schreibe die Funktion `prime_factors(n)`: sie gibt die Primfaktoren von n aufsteigend als Liste.
Ein Beispiel: `prime_factors(12)` ist `[2, 2, 3]`.
```

```edit file prime_factors.py
"""Die Primfaktoren einer Zahl: eine Uebung."""


def prime_factors(n):
    raise NotImplementedError
```

```edit file tests/test_prime_factors.py
"""Prueft eine Loesung der Aufgabe."""

import pytest

from prime_factors import prime_factors


@pytest.mark.parametrize(("n", "faktoren"), [(1, []), (2, [2]), (12, [2, 2, 3]), (49, [7, 7]), (97, [97])])
def test_die_faktoren_sind_aufsteigend_und_vollstaendig(n, faktoren):
    """Die Faktoren ergeben zusammen die Zahl, jeder so oft, wie er in ihr steckt."""
    assert prime_factors(n) == faktoren


def test_null_hat_keine_primfaktoren():
    """Eine Zahl unter 1 wird mit ValueError abgelehnt."""
    with pytest.raises(ValueError):
        prime_factors(0)
```

```edit file README.md
`python -m pytest` startet die Tests.
```
Summary: Stelle die Aufgabe zu den Primfaktoren
=== answer
Give up: the tests fail as an exercise should.
'''


def test_there_are_tasks_of_several_kinds() -> None:
    cases = load_cases(TASKS)
    assert [case.name for case in cases] == ["epidemic", "exercise", "sales", "weather"]
    assert all(case.asked.task and case.hidden for case in cases)


@pytest.mark.parametrize("name", ["epidemic", "exercise", "sales"])
def test_the_checks_of_a_task_refuse_an_empty_folder(name: str, tmp_path: Path) -> None:
    """A check that passes on nothing would say nothing. (Those of `weather` wait for a server.)"""
    shutil.copytree(TASKS / name / "hidden", tmp_path, dirs_exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and " failed" in done.stdout


@pytest.mark.parametrize(
    ("name", "script", "outcome"), [("sales", SALES, "verified"), ("exercise", EXERCISE, "unverified")]
)
def test_a_task_is_done_from_its_text_to_its_checks(name: str, script: str, outcome: str, tmp_path: Path) -> None:
    """By the command that does it with any model; an exercise is correct though its own tests fail, as they should."""
    answers = tmp_path / "answers.txt"
    answers.write_text(script, encoding="utf-8")
    command = [sys.executable, "-m", "autogpt", "bench", TASKS, "--case", name, "--json", "--seconds", "500"]
    done = subprocess.run(
        [*command, "--out", tmp_path / "out", "--model", f"scripted:{answers}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["name"], row["status"], row["correct"]) == (name, outcome, True), row
