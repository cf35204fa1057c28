"""Any test command is run in the sandbox; its own report is read, else its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feedback.projects import MakeProject

SCRIPT = "#!/bin/sh\n"


def scripted(project: MakeProject, body: str, command: str = "sh check.sh", **files: str):
    return project({"check.sh": SCRIPT + body, **files}, test_command=command)


@pytest.mark.parametrize("sandbox", ["auto", "off"])
@pytest.mark.parametrize(("body", "outcome"), [("exit 0\n", "passed"), ("echo bad >&2; exit 3\n", "failed")])
def test_the_exit_status_is_the_test(project: MakeProject, body: str, outcome: str, sandbox: str) -> None:
    report = scripted(project, body).run(sandbox=sandbox)
    (only,) = report.outcomes.values()
    assert (only.id.endswith("sh check.sh"), only.outcome, report.problem) == (True, outcome, "")
    if outcome == "failed":
        assert "exit status 3" in only.message and "bad" in only.message


JUNIT = '<testsuite><testcase classname="a" name="{name}">{result}</testcase></testsuite>'


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_junit_reports_written_into_the_tree_are_read(project: MakeProject, sandbox: str) -> None:
    """Before the tree that they were written to is thrown away; an old one of the base counts for nothing."""
    good, bad = JUNIT.format(name="good", result=""), JUNIT.format(name="bad", result='<failure message="no"/>')
    body = f"mkdir -p build/test-results\necho '{good}' >build/test-results/a.xml\necho '{bad}' >junit-b.xml\nexit 1\n"
    old = JUNIT.format(name="old", result="")
    made = scripted(project, body, **{"junit-old.xml": old})
    report = made.run(sandbox=sandbox)
    assert {id: one.outcome for id, one in report.outcomes.items()} == {"a::good": "passed", "a::bad": "failed"}
    assert not (made.tree / "junit-b.xml").exists()


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_tap_is_read_from_a_command_that_is_not_known_for_it(project: MakeProject, sandbox: str) -> None:
    """`npm test` calls a second script, so its words do not say so; paths are those of the project."""
    body = 'printf "TAP version 13\\n# sum\\nok a\\nnot ok b\\n  ---\\n  at: ($PWD/sum.js:3:4)\\n  ...\\n"; exit 1\n'
    report = scripted(project, body).run(sandbox=sandbox)
    assert {id: one.outcome for id, one in report.outcomes.items()} == {"sum > a": "passed", "sum > b": "failed"}
    assert report.outcomes["sum > b"].message == "at: (sum.js:3:4)"


def test_a_bad_end_without_a_failing_test_is_a_crash(project: MakeProject) -> None:
    """The runner died after the last report it wrote: what it did not come to may have failed."""
    good = JUNIT.format(name="good", result="")
    report = scripted(project, f"echo '{good}' >junit.xml\nkill -9 $$\n").run()
    assert report.problem == "crash" and "SIGKILL" in report.explanation


def test_a_link_in_place_of_a_report_is_not_followed(project: MakeProject, tmp_path: Path) -> None:
    """A test may point a report at a file of the person's, to have it shown to a model."""
    (tmp_path / "secret").write_text(JUNIT.format(name="secret", result=""))
    body = f'ln -s {tmp_path / "secret"} "$AUTOGPT_OUT/evil.xml"\n'
    report = scripted(project, body).run(sandbox="off")
    assert not [id for id in report.outcomes if "secret" in id]


def test_a_command_that_hangs_is_a_timeout(project: MakeProject) -> None:
    report = scripted(project, "sleep 99\n").run(timeout=1.0)
    assert (report.problem, report.outcomes) == ("timeout", {})
    assert "did not end within 1 s" in report.explanation


def test_a_command_that_calls_what_does_not_exist_says_so(project: MakeProject) -> None:
    report = scripted(project, "exec no-such-program\n").run()
    assert report.problem == "command"
