"""Results of other runners as outcomes: `go test -json`, cargo, TAP and JUnit XML. Pure, and never raises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from autogpt.feedback.report import Outcome, TestOutcome
from autogpt.feedback.text import cut, readable

Outcomes = dict[str, TestOutcome]
MAX_MESSAGE = 8_000


def read_go(output: str) -> Outcomes:
    """`go test -json`: an event a line; a package that does not build is a failure of its own."""
    found: Outcomes = {}
    texts: dict[str, list[str]] = {}
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if not isinstance(event, dict):
            continue
        package, test = str(event.get("Package") or event.get("ImportPath") or ""), str(event.get("Test") or "")
        id = f"{package}::{test}" if test else package
        action = event.get("Action")
        if action in ("output", "build-output"):
            texts.setdefault(id, []).append(str(event.get("Output", "")))
        elif action in ("pass", "fail", "skip") and test:
            outcome: Outcome = {"pass": "passed", "fail": "failed", "skip": "skipped"}[action]  # type: ignore[assignment]
            found[id] = _outcome(id, outcome, "".join(texts.pop(id, [])), float(event.get("Elapsed") or 0.0))
        elif action == "fail" and not any(one.failing and key.startswith(f"{id}::") for key, one in found.items()):
            found[id] = _outcome(id, "error", "".join(texts.pop(id, [])) or "The package does not build.")
    return found


_CARGO_TEST = re.compile(r"^test (\S.*?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
_CARGO_DETAIL = re.compile(r"^---- (\S+) stdout ----\n(.*?)(?=^---- |\nfailures:|\Z)", re.MULTILINE | re.DOTALL)
_CARGO_TARGET = re.compile(r"^\s+(?:Running (?:unittests )?(\S+)|Doc-tests (\S+))", re.MULTILINE)


def read_cargo(output: str) -> Outcomes:
    """cargo's text: one line a test; ids begin with the source of the test program."""
    details = dict(_CARGO_DETAIL.findall(output))
    found: Outcomes = {}
    targets = [(match.start(), match[1] or f"doc:{match[2]}") for match in _CARGO_TARGET.finditer(output)]
    for match in _CARGO_TEST.finditer(output):
        target = next((name for start, name in reversed(targets) if start < match.start()), "")
        id = f"{target}::{match[1]}" if target else match[1]
        outcome: Outcome = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}[match[2]]  # type: ignore[assignment]
        found[id] = _outcome(id, outcome, details.get(match[1], ""))
    if not found and re.search(r"^error(?:\[E\d+\])?:", output, re.MULTILINE):
        start = output.find("error")
        found["build"] = _outcome("build", "error", output[start:])
    return found


_TAP = re.compile(
    r"^(?P<indent> *)(?P<not>not )?ok\b *(?P<number>\d+)? *(?:- )?(?P<name>.*?)(?: # (?P<directive>.*))?$"
)


_TAP_GROUP = re.compile(r"^# (?P<name>\S.*)$")


def is_tap(output: str) -> bool:
    """Whether a command that was not known for it printed TAP, as `npm test` does through a second script."""
    return re.search(r"^TAP version 1\d$", output, re.MULTILINE) is not None


def read_tap(output: str) -> Outcomes:
    """The Test Anything Protocol; nested results are named by their parents, and a parent is left to its children.

    Results that a comment heads, as tape writes a test and its assertions, are named by the comment too.
    """
    found: Outcomes = {}
    pending: dict[int, list[TestOutcome]] = {}
    group, are_grouped = "", "# Subtest: " not in output  # node's runner prints as comments what tests print
    lines = output.splitlines()
    for at, line in enumerate(lines):
        match = _TAP.match(line)
        if match is None:
            head = _TAP_GROUP.match(line) if are_grouped else None
            group = head["name"].strip() if head else group
            continue
        depth = len(match["indent"]) // 4
        name = match["name"].strip() or f"test {match['number'] or len(found) + 1}"
        if group and not depth:
            name = f"{group} > {name}"
        directive = (match["directive"] or "").upper()
        outcome: Outcome = "failed" if match["not"] else "passed"
        if directive.startswith("SKIP"):
            outcome = "skipped"
        elif directive.startswith("TODO"):
            outcome = "xfailed" if match["not"] else "xpassed"
        children = pending.pop(depth + 1, [])
        own = [_outcome(name, outcome, _yaml_block(lines, at + 1) if match["not"] else "")]
        named = [_renamed(child, f"{name} > {child.id}") for child in children] or own
        pending.setdefault(depth, []).extend(named)
    for outcomes in pending.values():
        for one in outcomes:
            id = _unused(one.id, found)
            found[id] = _renamed(one, id)
    return found


def _yaml_block(lines: list[str], start: int) -> str:
    """The diagnostics after a failing line, between `---` and `...`."""
    if start >= len(lines) or lines[start].strip() != "---":
        return ""
    block: list[str] = []
    for line in lines[start + 1 : start + 200]:
        if line.strip() == "...":
            break
        block.append(line.strip())
    return "\n".join(block)


def read_junit(files: Iterable[bytes]) -> Outcomes:
    """JUnit XML as pytest, vitest, maven, gradle and most others write it; a file that is none is passed over."""
    from junitparser import JUnitXml
    from junitparser.junitparser import JUnitXmlError

    found: Outcomes = {}
    for content in files:
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            continue  # no report needs one, and entities can be made to grow without bound
        try:
            parsed = cast("Any", JUnitXml.fromstring(content))  # or a TestSuite, whatever its annotation says
        except (JUnitXmlError, SyntaxError, ValueError, TypeError):
            continue
        for suite in parsed if isinstance(parsed, JUnitXml) else [parsed]:
            for case in suite:
                one = _junit_case(case)
                found[one.id] = one
    return found


def _junit_case(case: object) -> TestOutcome:
    name, group = str(getattr(case, "name", "") or ""), str(getattr(case, "classname", "") or "")
    id = f"{group}::{name}" if group else name
    outcome: Outcome = "passed"
    message = ""
    for result in getattr(case, "result", None) or ():
        kind = type(result).__name__
        if kind in ("Failure", "Error", "Skipped"):
            outcome = {"Failure": "failed", "Error": "error", "Skipped": "skipped"}[kind]  # type: ignore[assignment]
            message = "\n".join(part for part in (result.message, result.text) if part)
    return _outcome(id, outcome, message, float(getattr(case, "time", 0.0) or 0.0))


_JEST: Mapping[str, Outcome] = {"passed": "passed", "failed": "failed", "todo": "skipped", "pending": "skipped",
                                "skipped": "skipped", "disabled": "skipped"}  # fmt: skip


def read_jest(files: Iterable[bytes]) -> Outcomes:
    """What jest writes with `--json`; a file that cannot be run is an error of the file."""
    found: Outcomes = {}
    for content in files:
        try:
            suites = json.loads(content)["testResults"]
            for suite in suites:
                for one in _jest_suite(suite):
                    id = _unused(one.id, found)
                    found[id] = _renamed(one, id)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _jest_suite(suite: Mapping[str, Any]) -> Iterable[TestOutcome]:
    path, tests = str(suite["name"]), suite.get("assertionResults") or []
    if not tests and suite.get("status") == "failed":
        yield _outcome(path, "error", str(suite.get("message") or "The file cannot be run."))
    for test in tests:
        if (outcome := _JEST.get(str(test.get("status")))) is not None:
            name = " > ".join([*map(str, test.get("ancestorTitles") or ()), str(test["title"])])
            message = "\n".join(map(str, test.get("failureMessages") or ()))
            yield _outcome(f"{path}::{name}", outcome, message, float(test.get("duration") or 0.0) / 1000)


def _unused(id: str, found: Outcomes) -> str:
    """The id, with a number where there is one of the same name already."""
    free, number = id, 2
    while free in found:
        free, number = f"{id} ({number})", number + 1
    return free


def _outcome(id: str, outcome: Outcome, message: str = "", seconds: float = 0.0) -> TestOutcome:
    return TestOutcome(readable(id), outcome, seconds, message=cut(readable(message).strip(), MAX_MESSAGE))


def _renamed(outcome: TestOutcome, id: str) -> TestOutcome:
    return TestOutcome(id, outcome.outcome, outcome.seconds, message=outcome.message)


READERS: Mapping[str, Callable[[str], Outcomes]] = {"go": read_go, "cargo": read_cargo, "tap": read_tap}
"""By runner: readers of what the command prints."""
