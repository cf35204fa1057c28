"""What is at the cursor: read from text that is often broken, because somebody is typing in it."""

from __future__ import annotations

import textwrap

import pytest
from autogpt_lsp.documents import split_lines
from autogpt_lsp.syntax import (
    Symbol,
    comment_mark,
    is_test_file,
    is_unfinished,
    pytest_id,
    read_outline,
    read_requests,
    undefined_name,
)


def symbols(text: str) -> dict[str, Symbol]:
    return {item.qualified: item for item in read_outline(split_lines(textwrap.dedent(text))).symbols}


def check(body: str) -> bool:
    lines = split_lines(textwrap.dedent(body))
    return is_unfinished(lines, next(item for item in read_outline(lines).symbols if item.kind == "def"))


@pytest.mark.parametrize(
    "body",
    [
        "def f(): pass\n",
        "def f():\n    ...\n",
        "def f() -> int: ...\n",
        'def f():\n    """Do it."""\n',
        "def f():\n    raise NotImplementedError\n",
        "def f():\n    raise NotImplementedError('later')\n",
        "async def f(a,\n            b):\n    # TODO: write\n    pass\n",
        "def f(\n    a,\n) -> int:\n    '''Text.'''\n    raise NotImplementedError()\n",
        "class A:\n    def f(self):\n        pass\n",
        "@cache\ndef f():\n    pass\n",
        "def f(a):\n    # TODO\n",
        "def f(a):\n",
        "def f(a) ->:\n    pass\n",
    ],
)
def test_unfinished_functions(body: str) -> None:
    assert check(body)


@pytest.mark.parametrize(
    "body",
    [
        "def f():\n    return 1\n",
        "def f():\n    x = 1\n    pass\n",
        "def f():\n    if x:\n        pass\n",
        "def f():\n    raise ValueError\n",
        "@abstractmethod\ndef f(self):\n    pass\n",
        "@typing.overload\ndef f(self): ...\n",
        "class P(Protocol):\n    def f(self) -> int: ...\n",
        "def f(a) ->:\n    return 1\n",
    ],
)
def test_functions_with_a_body_or_without_one_on_purpose(body: str) -> None:
    assert not check(body)


def test_the_outline_has_names_and_lines() -> None:
    found = symbols(
        '''\
        class A:
            @property
            def first(self):
                return """
        def not_a_function():
        """

            class B:
                async def second(
                    self,
                ): return 1

        def third(): pass
        '''
    )

    assert list(found) == ["A", "A.first", "A.B", "A.B.second", "third"]
    assert (found["A.first"].first, found["A.first"].line, found["A.first"].last) == (1, 2, 5)
    assert (found["A.B.second"].line, found["A.B.second"].last) == (8, 10)
    assert (found["A"].last, found["third"].last) == (10, 12)


def test_the_outline_of_broken_text_still_has_the_rest() -> None:
    found = symbols("def a(:\n    return [\n\ndef b():\n    x = (\n\ndef c():\n    pass\n")

    assert list(found) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("python", "x = 1  # autogpt: do it\n", "do it"),
        ("python", "# AutoGPT: do\n# more of it\n\n# else\n", "do more of it"),
        ("python", "s = '# autogpt: no'\n", None),
        ("typescript", "let a; // autogpt: do it\n", "do it"),
        ("typescript", "/// autogpt: do it\n", "do it"),
        ("go", "// TODO(ada): do it\n", "do it"),
        ("rust", "// FIXME do it\n", "do it"),
        ("lua", "-- autogpt: do it\n", "do it"),
        ("html", "<!-- autogpt: do it -->\n", "do it"),
        ("css", "/* autogpt: do it */\n", "do it"),
        ("vim", '" autogpt: do it\n', "do it"),
        ("clojure", ";; autogpt: do it\n", "do it"),
        ("unknown", "// autogpt: do it\n", "do it"),
        ("python", "# autogpt:\n", None),
        ("python", "# the autogpt: project\n", None),
        ("python", "# TODO\n", None),
    ],
)
def test_comments_that_ask_for_something(language: str, text: str, wanted: str | None) -> None:
    found = read_requests(split_lines(text), language)

    assert [request.text for request in found] == ([wanted] if wanted else [])


def test_a_comment_inside_a_string_of_several_lines_asks_for_nothing() -> None:
    lines = split_lines('x = """\n# autogpt: no\n"""\n# autogpt: yes\n')

    found = read_requests(lines, "python", read_outline(lines).inside_text)

    assert [request.text for request in found] == ["yes"]


def test_an_exclamation_mark_means_at_once() -> None:
    asked, at_once = read_requests(split_lines("# autogpt: a\n\n# autogpt!: b\n"), "python")

    assert not asked.at_once and at_once.at_once


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("undefined name 'foo'", "foo"),
        ("Undefined name `foo`", "foo"),
        ('"foo" is not defined', "foo"),
        ("Undefined variable 'foo'", "foo"),
        ('Name "foo" is not defined', "foo"),
        ("Cannot find name 'foo'.", "foo"),
        ("undefined: foo", "foo"),
        ("cannot find function `foo` in this scope", "foo"),
        ("unused import 'foo'", None),
        ('"foo" is unknown import symbol', None),
    ],
)
def test_the_undefined_name_of_many_checkers(message: str, name: str | None) -> None:
    assert undefined_name(message) == name


def test_ids_and_files_of_tests() -> None:
    assert [is_test_file(p) for p in ("a/test_x.py", "x_test.py", "a/x.py", "test_x.js")] == [True, True, False, False]
    symbol = symbols("class TestA:\n    def test_b(self):\n        pass\n")["TestA.test_b"]
    assert pytest_id("tests/test_x.py", symbol) == "tests/test_x.py::TestA::test_b"


def test_marks() -> None:
    assert comment_mark("python") == "#" and comment_mark("java") == "//"
