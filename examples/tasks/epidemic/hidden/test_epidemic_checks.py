"""What is known of the model: its threshold, its final size, its conservation."""

import json
import math
import os
import subprocess
import sys

PROJECT = os.path.dirname(os.path.abspath(__file__))


def simulate(*options):
    command = [sys.executable, "simulate.py", "--population", "1000", "--infected", "1", "--days", "300", *options]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)


def test_the_final_size_is_that_of_the_theory():
    """1 - z = exp(-R0 z), within the error of daily steps."""
    found = json.loads(simulate("--beta", "0.3", "--gamma", "0.1").stdout)
    size = found["recovered"] / 1000
    assert math.isclose(found["r0"], 3.0) and abs(1 - size - math.exp(-3 * size)) < 0.03


def test_below_the_threshold_it_dies_out():
    found = json.loads(simulate("--beta", "0.09", "--gamma", "0.1").stdout)
    assert found["recovered"] < 20 and found["peak_day"] == 0


def test_nonsense_is_refused():
    assert simulate("--beta", "1", "--gamma", "0.1").returncode == 0
    done = simulate("--beta", "-1", "--gamma", "0.1")
    assert done.returncode == 2 and done.stderr.strip() and "Traceback" not in done.stderr


def test_the_report_compares_three_cases():
    with open(os.path.join(PROJECT, "REPORT.md"), encoding="utf-8") as file:
        text = file.read()
    assert all(value in text for value in ("0.9", "1.5", "3")) and "|" in text
