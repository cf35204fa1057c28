"""What other runners print becomes the same kind of outcome; nonsense becomes nothing."""

from __future__ import annotations

import json

import pytest

from autogpt.feedback.results import Outcomes, read_cargo, read_go, read_jest, read_junit, read_tap

GO = """\
{"Action":"run","Package":"shop","Test":"TestAdd"}
{"Action":"output","Package":"shop","Test":"TestAdd","Output":"    shop_test.go:8: got -1, want 5\\n"}
{"Action":"fail","Package":"shop","Test":"TestAdd","Elapsed":0.01}
{"Action":"pass","Package":"shop","Test":"TestSub","Elapsed":0}
{"Action":"skip","Package":"shop","Test":"TestNet","Elapsed":0}
{"Action":"fail","Package":"shop","Elapsed":0.02}
not json
{"ImportPath":"shop/money","Action":"build-output","Output":"money.go:3:1: syntax error\\n"}
{"ImportPath":"shop/money","Action":"build-fail"}
{"Action":"fail","Package":"shop/money","Elapsed":0}
"""

CARGO = """\
     Running unittests src/lib.rs (target/debug/deps/shop-1)

running 3 tests
test tests::adds ... FAILED
test tests::subs ... ok
test tests::slow ... ignored

failures:

---- tests::adds stdout ----
thread 'tests::adds' panicked at src/lib.rs:9:9:
assertion `left == right` failed

failures:
    tests::adds
     Running tests/api.rs (target/debug/deps/api-1)
test subs ... ok
"""

TAP = """\
TAP version 13
# Subtest: cart
    # Subtest: adds
    not ok 1 - adds
      ---
      error: 'Expected values to be strictly equal'
      ...
    ok 2 - subs
    1..2
not ok 1 - cart
ok 2 - later # SKIP no network
ok 3 - later
not ok 4 - known # TODO
1..4
"""

JUNIT = b"""<?xml version="1.0"?>
<testsuites><testsuite name="s"><testcase classname="shop.CartTest" name="adds" time="0.5">
<failure message="expected 5">at Cart.java:3</failure></testcase>
<testcase classname="shop.CartTest" name="subs"/><testcase classname="shop.CartTest" name="later"><skipped/></testcase>
<testcase name="boom"><error message="x"/></testcase></testsuite></testsuites>"""


def shown(outcomes: Outcomes) -> dict[str, str]:
    return {id: outcome.outcome for id, outcome in outcomes.items()}


def test_go() -> None:
    found = read_go(GO)
    assert shown(found) == {
        "shop::TestAdd": "failed",
        "shop::TestSub": "passed",
        "shop::TestNet": "skipped",
        "shop/money": "error",
    }
    assert "got -1, want 5" in found["shop::TestAdd"].message
    assert "syntax error" in found["shop/money"].message


def test_cargo() -> None:
    found = read_cargo(CARGO)
    assert shown(found) == {
        "src/lib.rs::tests::adds": "failed",
        "src/lib.rs::tests::subs": "passed",
        "src/lib.rs::tests::slow": "skipped",
        "tests/api.rs::subs": "passed",
    }
    assert "assertion `left == right` failed" in found["src/lib.rs::tests::adds"].message


def test_cargo_that_does_not_build() -> None:
    found = read_cargo("   Compiling shop\nerror[E0425]: cannot find value `x`\n --> src/lib.rs:2:5\n")
    assert shown(found) == {"build": "error"} and "E0425" in found["build"].message


def test_tap() -> None:
    found = read_tap(TAP)
    assert shown(found) == {
        "cart > adds": "failed",
        "cart > subs": "passed",
        "later": "skipped",
        "later (2)": "passed",
        "known": "xfailed",
    }
    assert "strictly equal" in found["cart > adds"].message


def test_assertions_of_tape_are_named_by_their_test() -> None:
    """Half of them are called "should be strictly equal": by number alone a new one would rename all that follow."""
    found = read_tap("TAP version 13\n# adds\nok 1 equal\nnot ok 2 equal\n# subs\nok 3 equal\n\n1..3\n# tests 3\n")
    assert shown(found) == {"adds > equal": "passed", "adds > equal (2)": "failed", "subs > equal": "passed"}


def test_what_a_test_prints_names_no_other_test() -> None:
    """node's runner prints it as a comment, which is no heading."""
    found = read_tap("TAP version 13\n# hello 12:01\n# Subtest: adds\nok 1 - adds\n1..1\n")
    assert shown(found) == {"adds": "passed"}


def test_junit() -> None:
    found = read_junit([JUNIT])
    assert shown(found) == {
        "shop.CartTest::adds": "failed",
        "shop.CartTest::subs": "passed",
        "shop.CartTest::later": "skipped",
        "boom": "error",
    }
    assert found["shop.CartTest::adds"].message == "expected 5\nat Cart.java:3"


def test_jest_names_twins_apart_and_passes_over_what_is_no_report() -> None:
    test = {"title": "adds", "ancestorTitles": ["sum"], "status": "passed", "duration": 8}
    suites = [
        {"name": "a.test.js", "status": "failed", "assertionResults": [test, {**test, "status": "failed"}]},
        {"name": "b.test.js", "status": "failed", "message": "Cannot find module", "assertionResults": []},
        {"name": "c.test.js", "assertionResults": [{**test, "status": "focused"}]},
    ]
    nonsense = (b"", b"[]", b"{}", b'{"testResults": 3}', b'{"testResults": [3]}', b'{"testResults": [{"name": "a"}]}')
    assert shown(read_jest([*nonsense, json.dumps({"testResults": suites}).encode()])) == {
        "a.test.js::sum > adds": "passed",
        "a.test.js::sum > adds (2)": "failed",
        "b.test.js": "error",
    }


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m", "{", "[]\n1\nnull\n", "ok", "test x ... maybe", "not ok\n" * 3])
def test_nonsense_is_no_crash(text: str) -> None:
    for read in (read_go, read_cargo):
        assert read(text) == {}
    read_tap(text)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"<html/>",
        b"\xff\xfe",
        b'<!DOCTYPE a [<!ENTITY b "x">]><testsuite><testcase name="&b;"/></testsuite>',
    ],
)
def test_what_is_no_report_is_passed_over(content: bytes) -> None:
    """Files of that name may be anything, and entities can be made to grow without bound."""
    assert read_junit([content]) == {}
