"""Definitions and names come out of every language alike, also of files with mistakes in them."""

from __future__ import annotations

import pytest

from autogpt.context.languages import SUFFIXES
from autogpt.context.syntax import MAX_BYTES, enclosing, read_facts, syntax_error

CASES = [
    ("a.py", "@d\nclass A(B):\n    async def f(self, x: int,\n            y=2) -> int: ...\n", "A 1-4, A.f 3-4"),
    ("a.py", "X = 1\ndef f():\n    def g(): pass\n", "X 1-1, f 2-3, f.g 3-3"),
    (
        "a.js",
        "export class A { m(x) { return y; } }\nconst f = (a) => a;\nfunction g() {}\n",
        "A 1-1, A.m 1-1, f 2-2, g 3-3",
    ),
    ("a.mjs", "module.exports.z = function (q) {};\nexport const T = {a: 1};\n", "z 1-1, T 2-2"),
    (
        "a.ts",
        "interface I { x: number }\nabstract class A<T> { abstract go(): void; m(): T { } }\n",
        "I 1-1, A 2-2, A.go 2-2, A.m 2-2",
    ),
    ("a.ts", "enum E {A}\ntype U = string;\nnamespace N { export function q() {} }\n", "E 1-1, U 2-2, N 3-3, N.q 3-3"),
    ("a.tsx", "export const App: FC = () => <div/>;\n", "App 1-1"),
    (
        "a.go",
        "package m\ntype T struct { a int }\nfunc (t *T) Go(x int) error { return nil }\nfunc F() {}\n",
        "T 2-2, T.Go 3-3, F 4-4",
    ),
    (
        "a.rs",
        "pub struct S<T> { x: T }\nimpl<T> S<T> {\n    pub fn f(&self) {}\n}\nmod m { fn k() {} }\n",
        "S 1-1, S.f 3-3, m 5-5, m.k 5-5",
    ),
    (
        "A.java",
        "class A {\n  A(int y) {}\n  @Override int f() { return 1; }\n  interface I { void q(); }\n}\n",
        "A 1-5, A.A 2-2, A.f 3-3, A.I 4-4, A.I.q 4-4",
    ),
    (
        "a.c",
        "#define M 1\nstatic int f(int x) { return M; }\nchar *g(void) { return 0; }\nstruct s { int a; };\n",
        "M 1-1, f 2-2, g 3-3, s 4-4",
    ),
    (
        "a.cpp",
        "namespace n { class A { int f(int x); }; }\nint n::A::f(int x) {}\ntemplate <class T>\nT mx(T a) {}\n",
        "n.A 1-1, n.A.f 1-1, n.A.f 2-2, mx 3-4",
    ),
    ("a.h", "int h(int);\ntypedef struct s s_t;\n", "h 1-1, s_t 2-2"),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_definitions_are_found_with_their_lines(path: str, text: str, expected: str) -> None:
    facts = read_facts(path, text.encode())
    assert facts is not None
    assert ", ".join(f"{one.name} {one.first}-{one.last}" for one in facts.definitions) == expected
    assert syntax_error(path, text.encode()) == 0


def test_every_suffix_has_a_grammar_that_loads() -> None:
    assert all(read_facts(f"a{suffix}", b"") is not None for suffix in SUFFIXES)


def test_a_head_is_one_line_without_the_body() -> None:
    facts = read_facts("a.py", b"def f(\n    a: int,\n    b: str = '',\n) -> None:\n    '''Doc.'''\n    return None\n")
    assert facts is not None and facts.definitions[0].head == "def f( a: int, b: str = '', ) -> None"


def test_names_in_comments_and_strings_do_not_count() -> None:
    facts = read_facts("a.py", b"x = total(y)  # price\nz = 'price'\ntotal\n")
    assert facts is not None and facts.names == {"x": 1, "total": 2, "y": 1, "z": 1}


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.py", "x = 1\ny = (\n", 2),
        ("a.js", "let a = 1;\nfunction ( {\n", 2),
        ("a.go", "package m\nfunc f( {\n}\n", 2),
        ("a.txt", "((", 0),
    ],
)
def test_the_first_line_that_cannot_be_read_is_told(path: str, text: str, line: int) -> None:
    assert syntax_error(path, text.encode()) == line


def test_a_file_with_a_mistake_gives_what_can_be_made_out() -> None:
    facts = read_facts("a.py", b"def good():\n    pass\n\ndef bad(:\n    pass\n\ndef fine():\n    pass\n")
    assert facts is not None and {"good", "fine"} <= {one.name for one in facts.definitions}


@pytest.mark.parametrize("data", [b"x\0" * 10, b"x = 1\n" * (MAX_BYTES // 6 + 1)])
def test_what_is_binary_or_generated_is_passed_over(data: bytes) -> None:
    assert read_facts("a.py", data) is None


def test_names_that_are_not_utf8_are_read_all_the_same() -> None:
    facts = read_facts("a.py", "def größe(): pass\n".encode("latin-1") + b"def f(): pass\n")
    assert facts is not None and "f" in {one.simple for one in facts.definitions}


def test_the_innermost_definition_encloses_a_line() -> None:
    facts = read_facts("a.py", b"class A:\n    def f(self):\n        pass\n")
    assert facts is not None
    assert [enclosing(facts.definitions, line) for line in (1, 3, 9)] == ["A", "A.f", ""]
