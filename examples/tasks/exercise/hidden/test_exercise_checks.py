"""The exercise tells right solutions from wrong ones, and it is in the language of the task."""

import os
import shutil
import subprocess
import sys

import pytest

PROJECT = os.path.dirname(os.path.abspath(__file__))
RIGHT = """\
def prime_factors(n):
    if n < 1:
        raise ValueError(n)
    found, divisor = [], 2
    while n > 1:
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
        divisor += 1
    return found
"""


def tests_pass(tmp_path, solution=""):
    folder = tmp_path / "work"
    shutil.copytree(PROJECT, folder)
    if solution:
        (folder / "prime_factors.py").write_text(solution, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=120).returncode == 0


def test_the_unfinished_function_fails(tmp_path):
    assert not tests_pass(tmp_path)


def test_a_right_solution_passes(tmp_path):
    assert tests_pass(tmp_path, RIGHT)


@pytest.mark.parametrize("wrong", [("n % divisor == 0:\n            found", "n % divisor == 0:\n            found = [divisor]; found"), ("    if n < 1:\n        raise ValueError(n)\n", "")])
def test_a_wrong_solution_fails(tmp_path, wrong):
    assert not tests_pass(tmp_path, RIGHT.replace(*wrong).replace("while n > 1", "while n > 1 and divisor < 10**6"))


def test_the_text_is_german():
    with open(os.path.join(PROJECT, "AUFGABE.md"), encoding="utf-8") as file:
        words = file.read().lower().split()
    assert {"die", "der", "das", "und", "eine"} & set(words)
