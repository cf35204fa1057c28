"""The report on the given file, and on one that the author has not seen."""

import json
import os
import subprocess
import sys

PROJECT = os.path.dirname(os.path.abspath(__file__))


def report(source, tmp_path):
    target = tmp_path / "report.json"
    subprocess.run([sys.executable, "analyse.py", str(source), str(target)], cwd=PROJECT, check=True, timeout=60)
    return json.loads(target.read_text(encoding="utf-8"))


def test_the_given_file(tmp_path):
    found = report("sales.csv", tmp_path)
    assert found["rows"] == 4 and found["dropped"] == 3 and found["total"] == 36.25
    assert found["by_product"] == {"tea": 15.0, "coffee": 21.25}
    assert found["by_month"] == {"2024-03": 15.0, "2024-04": 21.25}


def test_another_file(tmp_path):
    source = tmp_path / "other.csv"
    source.write_text("date,product,amount\n31.12.2023,Juice,\"0,10\"\n2024-01-01,juice,0.20\n", encoding="utf-8")
    found = report(source, tmp_path)
    assert found["total"] == 0.3 and found["by_month"] == {"2023-12": 0.1, "2024-01": 0.2}


def test_an_empty_file_is_no_error(tmp_path):
    source = tmp_path / "empty.csv"
    source.write_text("date,product,amount\n", encoding="utf-8")
    found = report(source, tmp_path)
    assert (found["rows"], found["dropped"], found["total"]) == (0, 0, 0)


def test_the_report_is_explained():
    with open(os.path.join(PROJECT, "README.md"), encoding="utf-8") as file:
        assert "by_month" in file.read()
