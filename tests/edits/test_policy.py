"""Edits stay inside the workspace and out of git, in every spelling that some file system takes for the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autogpt.edits.policy import PathPolicy, control_file, normalize, policy_for

PART = st.from_regex(r"[a-zA-Z_][\w]{0,8}(\.[a-z]{1,4})?", fullmatch=True)
TAILS = st.text(st.sampled_from(". "), max_size=3)
INVISIBLE = st.sampled_from(["", "\u200c", "\u200d", "\ufeff", "\u200b", "\u2060"])


@st.composite
def git_spellings(draw: st.DrawFn) -> str:
    """`.git` with changed case, invisible characters, width, trailing dots and streams, and its short names."""
    letters = "".join(draw(st.sampled_from([c, c.upper(), chr(ord(c) + 0xFEE0)])) for c in "git")
    at = draw(st.integers(0, 3))
    name = "." + letters[:at] + draw(INVISIBLE) + letters[at:] + draw(TAILS)
    stream = draw(st.sampled_from(["", "::$INDEX_ALLOCATION", ":x"]))
    return draw(st.sampled_from([name + stream, "GIT~1", "git~2", "Gi7D29~1"]))


@given(st.lists(PART, max_size=2), git_spellings(), st.lists(PART, max_size=2), st.sampled_from("/\\"))
def test_git_is_refused_however_it_is_spelled(before: list[str], git: str, after: list[str], separator: str) -> None:
    """One write to `.git/hooks` or `.git/config` runs code of the model's choice."""
    path = separator.join([*before, git, *after])

    assert PathPolicy(frozenset({path})).check(normalize(path))


@given(
    st.lists(PART, min_size=1, max_size=3), st.sampled_from(["NFC", "NFD", "NFKC"]), st.sampled_from(["é", "ü", "å"])
)
def test_ordinary_paths_are_allowed(parts: list[str], form: str, letter: str) -> None:
    """The rules must not be in the way of work; names with accents in either composition are ordinary."""
    path = unicodedata.normalize(form, "/".join([*parts, f"caf{letter}.py"]))  # type: ignore[arg-type]
    assume(not control_file(path) and not any(part.lower() in ("con", "nul", "prn", "aux") for part in parts))

    assert PathPolicy().check(path) == ""


@pytest.mark.parametrize(
    "path",
    ["", " ", "../a.py", "a/../../b.py", "a/..", "/etc/passwd", "C:/a.py", "c:a.py", "C:\\a.py", "\\\\host\\a",
    "~/a.py",
     "~root/a", "a\0b.py", "a\nb.py", "a\rb", "a\x1bb", "file:///a.py", "a/.. /b", "a/./b", "a//../b", "nul", "aux.txt",
     "a/COM1", "a/...", ".git", ".git/config", "sub/.git/hooks/x", ".git.", ".git ", ".GIT", "git~1/config"],
)  # fmt: skip
def test_paths_outside_and_special_ones_are_refused(path: str) -> None:
    assert PathPolicy().check(path)


@pytest.mark.parametrize(
    "path",
    [".vscode/settings.json", "sub/.idea/x.xml", ".github/workflows/ci.yml", ".GitHub/Workflows/ci.yml",
    ".gitlab-ci.yml",
     ".pre-commit-config.yaml", ".envrc", ".env", ".env.local", ".gitattributes", "AGENTS.md", "a.code-workspace",
     ".devcontainer/x", ".exrc", "autogpt.toml", ".vscode./tasks.json", "Jenkinsfile"],
)  # fmt: skip
def test_control_files_are_refused_unless_the_task_names_them(path: str) -> None:
    """They make editors and build services run commands; a task that is about them says so."""
    assert PathPolicy().check(path)
    assert policy_for("Fix the parser in src/parser.py.").check(path)
    assert policy_for(f"Please update `{path}`, and the README.").check(path) == ""


@pytest.mark.parametrize(
    "path", [".gitignore", ".github/ISSUE_TEMPLATE.md", "src/git/x.py", "a.git/x", "gitignore", "x~1"]
)
def test_names_that_only_resemble_are_allowed(path: str) -> None:
    assert PathPolicy().check(path) == ""


def test_a_named_folder_allows_what_is_in_it_and_nothing_beside_it() -> None:
    policy = policy_for("Add a job to .github/workflows")

    assert policy.check(".github/workflows/test.yml") == ""
    assert policy.check(".vscode/tasks.json")


def test_git_can_not_be_named() -> None:
    assert policy_for("Write .git/config").check(".git/config")


def test_the_caller_tells_of_links_that_lead_outside() -> None:
    policy = PathPolicy(escapes=lambda path: path.startswith("link/"))

    assert "link" in policy.check("link/a.py") and policy.check("src/a.py") == ""
