"""cargo itself, where it is installed: what it prints is read by test, in the sandbox and offline."""

from __future__ import annotations

import shutil

import pytest

from tests.feedback.projects import MakeProject

pytestmark = [pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo"), pytest.mark.timeout(600)]

CRATE = {
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": (
        "/// Adds.\n///\n/// ```\n/// assert_eq!(shop::add(0, 0), 0);\n/// ```\n"
        "pub fn add(a: i32, b: i32) -> i32 {\n    a - b\n}\n\n"
        "#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
        "    #[test]\n    fn adds() {\n        assert_eq!(add(2, 3), 5);\n    }\n\n"
        "    #[test]\n    #[ignore]\n    fn later() {}\n\n"
        "    #[test]\n    #[should_panic]\n    fn panics() {\n        panic!();\n    }\n}\n"
    ),
    "tests/api.rs": "#[test]\nfn zero() {\n    assert_eq!(shop::add(2, 0), 2);\n}\n",
}


def test_unit_integration_and_documentation_tests_are_known_by_name(project: MakeProject) -> None:
    made = project(CRATE, python="")
    report = made.run(timeout=300)
    said = {id: one.outcome for id, one in report.outcomes.items()}
    doc = next(id for id in said if id.startswith("doc:shop::"))
    assert not report.problem and said == {
        "src/lib.rs::tests::adds": "failed",
        "src/lib.rs::tests::later": "skipped",
        "src/lib.rs::tests::panics": "passed",
        "tests/api.rs::zero": "passed",
        doc: "passed",
    }
    assert "left: -1" in report.outcomes["src/lib.rs::tests::adds"].message
    made.write({"src/lib.rs": CRATE["src/lib.rs"].replace("a - b", "a + b")})
    assert not made.run(timeout=300).failing()


def test_what_does_not_compile_is_an_error_with_the_compiler_s_words(project: MakeProject) -> None:
    report = project({**CRATE, "src/lib.rs": "pub fn add(a: i32) -> i32 {\n    b\n}\n"}, python="").run(timeout=300)
    assert report.outcomes["build"].outcome == "error"
    assert "cannot find value `b`" in report.outcomes["build"].message
