"""Edits that repair one-line bugs are generated, and early: each case is a function before and after."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from autogpt.search.edit import apply_edit
from autogpt.search.space import Source, edits


def check(before: str, after: str, within: int, extra: str = "") -> None:
    """The edit from `before` to `after` is among the first `within` of the file by cost."""
    before, after = dedent(before).lstrip(), dedent(after).lstrip()
    wanted = ast.dump(ast.parse(extra + after))
    found = sorted(edits(Source("m.py", extra + before)), key=lambda edit: edit.cost)
    for rank, edit in enumerate(found):
        text = apply_edit(edit, {"m.py": extra + before})["m.py"]
        try:
            if ast.dump(ast.parse(text)) == wanted:
                assert rank < within, f"{edit.kind} comes {rank + 1}. of {len(found)} at {edit.cost:.2f}"
                return
        except SyntaxError:
            continue
    raise AssertionError(f"none of {len(found)} edits turns {before!r} into {after!r}")


def function(body: str, head: str = "def f(a, b):") -> str:
    return head + "\n" + "".join(f"    {line}\n" for line in body.splitlines())


EXPRESSIONS = [
    # operators
    ("a < b", "a <= b", 10),
    ("a == b", "a != b", 10),
    ("a in b", "a not in b", 10),
    ("a is None", "a is not None", 15),
    ("a is b", "a == b", 40),
    ("0 < a < b", "0 < a", 60),
    ("a + b", "a - b", 10),
    ("a / b", "a // b", 10),
    ("a - b", "b - a", 15),
    ("a - (b - 1)", "a - b - 1", 60),
    ("a + b * 2", "(a + b) * 2", 60),
    ("(a + b) * 2", "a + b * 2", 60),
    ("a + 1", "a", 15),
    ("a and b", "a or b", 10),
    ("a and b", "a", 25),
    ("a or b and f", "(a or b) and f", 60),
    ("not a", "a", 10),
    ("-a", "a", 20),
    ("not (a and b)", "not a and b", 80),
    ("a << b", "a >> b", 20),
    # constants
    ("a + 1", "a + 2", 20),
    ("a[0]", "a[1]", 25),
    ("a[0]", "a[-1]", 25),
    ("a[-1]", "a[0]", 10),
    ("True", "False", 5),
    ("None", "[]", 60),
    ("''.join(a)", "' '.join(a)", 120),
    ("a * 100", "a * 10", 90),
    ("[]", "{}", 20),
    ("a, b", "b, a", 10),
    # off by one
    ("a[b]", "a[b + 1]", 60),
    ("a[:b]", "a[:b + 1]", 30),
    ("range(a)", "range(a + 1)", 15),
    ("range(a)", "range(1, a)", 20),
    ("len(a)", "len(a) - 1", 40),
    # names
    ("a + a", "a + b", 40),
    ("a", "b", 10),
    # slices
    ("a[1:]", "a[:1]", 25),
    ("a[:-b]", "a[-b:]", 80),
    ("sorted(a, key=lambda x: (x[1], x[0]))", "sorted(a, key=lambda x: (-x[1], x[0]))", 60),
    ("b.name.startswith(a.lower())", "b.name.lower().startswith(a.lower())", 30),
    ("a[:-1]", "a[:]", 30),
    ("a[b:]", "a[:b]", 80),
    ("a", "a[::-1]", 300),
    ("a[1:]", "a", 40),
    ("a[0][b]", "a[b][0]", 40),
    # calls
    ("max(a, b)", "min(a, b)", 10),
    ("isinstance(b, a)", "isinstance(a, b)", 15),
    ("sorted(a)", "sorted(a, reverse=True)", 30),
    ("a.get(b)", "a.get(b, 0)", 30),
    ("a[b]", "a.get(b)", 150),
    ("enumerate(a)", "enumerate(a, 1)", 20),
    ("a.pop()", "a.pop(0)", 25),
    ("a.split(b)", "a.split(b, 1)", 120),
    ("dict(a=b, b=a)", "dict(a=a, b=b)", 60),
    ("a.append", "a.append()", 80),
    ("max(a)", "max(a, default=0)", 60),
    # attributes and methods
    ("a.lstrip()", "a.rstrip()", 10),
    ("a.startswith(b)", "a.endswith(b)", 10),
    ("a.keys()", "a.items()", 10),
    ("a.find(b)", "a.rfind(b)", 15),
    ("a.append(b)", "a.extend(b)", 20),
    # wraps
    ("len(a)", "len(set(a))", 400),
    ("a.lower()", "a.strip().lower()", 400),
    ("str(a)", "a", 25),
    ("a.strip()", "a", 25),
    ("sorted(a)", "a", 25),
    ("a == b", "len(a) == b", 250),
    ("a if b else None", "None if b else a", 20),
    # comprehensions
    ("[x for x in a if x]", "[x for x in a]", 40),
    ("[x for x in a]", "[x for x in a if x]", 150),
    ("{k: v for k, v in a}", "{v: k for k, v in a}", 40),
    ("[x for x in a]", "[x for x in b]", 40),
    ("sum(x for x in a)", "max(x for x in a)", 60),
]


@pytest.mark.parametrize(("before", "after", "within"), EXPRESSIONS)
def test_an_expression_is_repaired(before: str, after: str, within: int) -> None:
    check(function(f"return {before}"), function(f"return {after}"), within)


STATEMENTS = [
    ("a.append(b)\nreturn a", "return a", 60),
    ("x = a\nx = x.strip()\nreturn x", "x = a\nreturn x", 150),
    ("x = 1\nx += a\nreturn x", "x = 0\nx += a\nreturn x", 60),
    ("x = 0\nx += a\nreturn x", "x = 0\nx -= a\nreturn x", 30),
    ("x = 0\nfor i in a:\n    x = i\nreturn x", "x = 0\nfor i in a:\n    x += i\nreturn x", 60),
    ("for i in a:\n    if i:\n        break\n    b += 1", "for i in a:\n    if i:\n        continue\n    b += 1", 20),
    ("for i in a:\n    b += i\n    return b", "for i in a:\n    b += i\nreturn b", 60),
    ("x = 0\nfor i in a:\n    x += i\nx = x + b\nreturn x",
    "x = 0\nfor i in a:\n    x += i\n    x = x + b\nreturn x", 150),
    ("x = a.pop()\ny = a.pop()\nreturn x, y", "y = a.pop()\nx = a.pop()\nreturn x, y", 80),
    ("if a:\n    return 1\nelse:\n    return 2", "if a:\n    return 2\nelse:\n    return 1", 40),
    ("if a:\n    b = 1\nreturn b", "b = 1\nreturn b", 120),
    ("return a[0]", "if not a:\n    return None\nreturn a[0]", 150),
    ("return a * f(a - 1, b)", "if a == 0:\n    return 1\nreturn a * f(a - 1, b)", 400),
    ("for i in a:\n    b(i)", "for i in a:\n    if not i:\n        continue\n    b(i)", 300),
    ("x = []\nfor i in a:\n    x.append(i)", "x = []\nfor i in a:\n    x.append(i)\nreturn x", 60),
    ("i = 0\nwhile i < a:\n    b(i)\nreturn i", "i = 0\nwhile i < a:\n    b(i)\n    i += 1\nreturn i", 60),
    ("x = []\nfor i in a:\n    b(i)\nreturn x", "x = []\nfor i in a:\n    b(i)\n    x.append(i)\nreturn x", 200),
    ("a.strip()\nreturn a", "a = a.strip()\nreturn a", 20),
    ("x = a.sort()\nreturn x", "a.sort()\nreturn x", 20),
    ("a + b", "return a + b", 30),
    ("return a", "yield a", 200),
    ("raise KeyError(a)", "raise ValueError(a)", 25),
    ("try:\n    return a[b]\nexcept IndexError:\n    return None",
    "try:\n    return a[b]\nexcept KeyError:\n    return None", 80),
    ("if a:\n    b = 1\nif b:\n    a = 1\nreturn a", "if a:\n    b = 1\nelif b:\n    a = 1\nreturn a", 80),
    ("if a:\n    return 1\nreturn b", "if a and b:\n    return 1\nreturn b", 60),
    ("if a and b:\n    return 1\nreturn b", "if a:\n    return 1\nreturn b", 30),
    ("while a:\n    if b:\n        b = 0\n    a -= 1",
    "while a:\n    if b:\n        b = 0\n        break\n    a -= 1", 100),
    ("x = a\nx.append(b)\nreturn x", "x = a.copy()\nx.append(b)\nreturn x", 300),
    ("b.x = a\nreturn b", "return b", 60),
    ("del a[b]\nreturn a", "return a", 60),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "within"), STATEMENTS)
def test_a_statement_is_repaired(before: str, after: str, within: int) -> None:
    check(function(before), function(after), within)


def test_the_unused_parameter_is_the_first_name_to_try() -> None:
    """A parameter that nothing reads is what a wrong name most likely stands for."""
    check(
        "def scale(values, factor, offset):\n    return [value * factor + factor for value in values]\n",
        "def scale(values, factor, offset):\n    return [value * factor + offset for value in values]\n",
        12,
    )


def test_self_is_put_before_a_name_that_only_the_class_has() -> None:
    head = "class Box:\n    def __init__(self, size):\n        self.size = size\n\n    def double(self):\n"
    check(head + "        return size * 2\n", head + "        return self.size * 2\n", 8)


def test_another_attribute_of_self_is_tried() -> None:
    head = "class Box:\n    def __init__(self, width, height):\n"
    head += "        self.width = width\n        self.height = height\n\n"
    method = "    def area(self):\n        return self.width * self."
    check(head + method + "width\n", head + method + "height\n", 40)


def test_an_attribute_that_is_never_set_is_set() -> None:
    head = "class Box:\n    def __init__(self, size, color):\n        self.size = size\n"
    tail = "\n    def paint(self):\n        return self.color\n"
    check(head + tail, head + "        self.color = color\n" + tail, 30)


def test_a_missing_argument_is_the_parameter_of_the_same_name() -> None:
    helper = "def helper(x, strict=False):\n    return x if strict else None\n\n\n"
    check("def f(x, strict):\n    return helper(x)\n", "def f(x, strict):\n    return helper(x, strict)\n", 20, helper)


def test_a_keyword_is_not_given_twice() -> None:
    """That is no Python, and costs a try."""
    text = "def f(path, x):\n    return elsewhere(path=x)\n\n\ndef g(path):\n    return other(path=path)\n"
    texts = [apply_edit(edit, {"m.py": text})["m.py"] for edit in edits(Source("m.py", text))]
    assert texts and not [one for one in texts if "elsewhere(path=x, path=" in one]


def test_a_comparison_of_fields_is_repeated_for_another_field() -> None:
    """The missing half of an equality says the same of another attribute."""
    head = "class Box:\n    def __init__(self, w, h):\n        self.w = w\n        self.h = h\n\n"
    head += "    def __eq__(self, other):\n"
    check(
        head + "        return self.w == other.w\n",
        head + "        return self.w == other.w and self.h == other.h\n",
        60,
    )


def test_a_function_of_a_known_module_is_tried_for_another() -> None:
    check("def f(a, b):\n    return re.findall(a, b)\n", "def f(a, b):\n    return re.split(a, b)\n", 60, "import re\n")


def test_a_default_that_all_calls_share_is_replaced() -> None:
    check(
        "def f(x, seen=[]):\n    seen.append(x)\n    return seen\n",
        "def f(x, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(x)\n    return seen\n",
        20,
    )


def test_a_nested_function_gets_the_declaration_it_lacks() -> None:
    before = "def f():\n    n = 0\n    def g():\n        n += 1\n        return n\n    return g\n"
    after = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    return g\n"
    check(before, after, 20)


def test_a_default_value_of_a_parameter_is_a_constant_like_any_other() -> None:
    check("def f(a, b=1):\n    return a + b\n", "def f(a, b=0):\n    return a + b\n", 25)


def test_a_coroutine_that_was_not_awaited_is_awaited() -> None:
    check("async def f(a):\n    return a()\n", "async def f(a):\n    return await a()\n", 30)


def test_a_statement_of_a_sibling_function_is_copied_to_the_same_neighbours() -> None:
    """A line that stands between the same lines elsewhere is what is missing here."""
    one = "def one(log, x):\n    log.start()\n    log.check(x)\n    log.stop()\n\n\n"
    check(
        "def two(log, x):\n    log.start()\n    log.stop()\n",
        "def two(log, x):\n    log.start()\n    log.check(x)\n    log.stop()\n",
        40,
        one,
    )


def test_expressions_inside_f_strings_are_edited() -> None:
    check('def f(a, b):\n    return f"{a}: {a}"\n', 'def f(a, b):\n    return f"{a}: {b}"\n', 30)


def test_only_statements_on_the_given_lines_are_edited() -> None:
    text = "def f(a):\n    b = a + 1\n    return b * 2\n"

    found = list(edits(Source("m.py", text), lines={3}))

    assert found and {edit.line for edit in found} == {3}


def test_edits_of_one_statement_come_cheapest_first() -> None:
    text = "def f(a, b):\n    return a < b and b > 0\n"

    costs = [edit.cost for edit in edits(Source("m.py", text), lines={2})]

    assert costs == sorted(costs) and len(costs) > 50


def test_where_names_the_function_as_tracebacks_qualify_it() -> None:
    text = "class A:\n    def m(self):\n        def g():\n            return 1\n        return g\n\nX = 1\n"

    wheres = {edit.where for edit in edits(Source("m.py", text))}

    assert wheres == {"", "A.m", "A.m.<locals>.g"}


STUBS = [
    # one statement of a branch, and what a person would have written there
    ("if a:\n    pass\nelse:\n    c = a\nreturn c", "c = b", 10),
    ("try:\n    c = a[b]\nexcept KeyError:\n    pass\nreturn c", "c = b", 10),
    ("if a:\n    pass\nelif b:\n    c = f(*b)\nreturn c", "c = f(**b)", 20),
    (
        "new_a = list(a)\nif a:\n    pass\nfor b in a:\n    new_b = list(b)\n    new_b[0] = f(b[0])",
        "new_a[0] = f(a[0])",
        400,
    ),
]


@pytest.mark.parametrize(("body", "line", "within"), STUBS)
def test_a_branch_that_does_nothing_is_filled_from_those_beside_it(body: str, line: str, within: int) -> None:
    check(function(body), function(body.replace("pass", line)), within)


def test_a_string_that_nearly_says_a_name_is_corrected() -> None:
    check(function("return getattr(a, 'ackend')", "def f(a, backend):"),
          function("return getattr(a, 'backend')", "def f(a, backend):"), 40)  # fmt: skip


def test_an_unused_parameter_is_what_a_guard_returns() -> None:
    before, after = "return str(a)", "if a is None:\n    return missing\nreturn str(a)"
    check(function(before, "def f(a, missing):"), function(after, "def f(a, missing):"), 60)


CLASSES = [
    # a class without what a person then wrote, with how early it has to come
    (
        """
        class Feed:
            def __init__(self, tag, note_tag):
                self.tag = tag
                self.note_tag = note_tag
                self.item = None

            def end(self, name, data):
                self.item = self.push(self.item, name, data)

            def note(self, data):
                data = data.strip()

            def push(self, item, key, data):
                return [*(item or []), (key, data, self.tag)]
        """,
        "data = data.strip()\n",
        "data = data.strip()\n        self.item = self.push(self.item, self.note_tag, data)\n",
        400,
    ),
    (
        """
        class Chain:
            def __init__(self, first, *others):
                self.first = first
                self.others = others

            def __call__(self, *args, **kwargs):
                for other in self.others:
                    ret = other(ret)
                return ret

            def parts(self):
                return self.first, self.others
        """,
        "        for other",
        "        ret = self.first(*args, **kwargs)\n        for other",
        400,
    ),
    (
        """
        class Pair:
            def __init__(self, one, two):
                self.one, self.two = one, two

            def __eq__(self, other):
                return isinstance(other, Pair) and self.one == other.one
        """,
        "self.one == other.one",
        "self.one == other.one and self.two == other.two",
        120,
    ),
    (
        """
        class Pair:
            def __ne__(self, other):
                return self.__eq__(other)
        """,
        "return self",
        "return not self",
        20,
    ),
    (
        """
        class Several(Exception):
            def __init__(self, path, errors):
                self.path = path
                self.errors = errors

        def shown(error):
            if isinstance(error, Several):
                return [shown(one) for one in error.path]
            return str(error)
        """,
        "error.path",
        "error.errors",
        60,
    ),
]


@pytest.mark.parametrize(("text", "old", "new", "within"), CLASSES)
def test_what_a_class_knows_of_itself_is_used(text: str, old: str, new: str, within: int) -> None:
    text = dedent(text)
    assert text.count(old) == 1
    check(text, text.replace(old, new), within)


def test_a_parameter_that_was_not_given_gets_its_value_where_nothing_is_done_yet() -> None:
    body = "if end is None:\n    pass\nreturn text[:end]"
    head = "def f(text, end=None):"
    check(function(body, head), function(body.replace("pass", "end = len(text)"), head), 60)


def test_what_was_not_given_and_what_was_are_done_alike() -> None:
    before = "for g in a:\n    if b is None:\n        return g(a)"
    check(function(before), function(before + "\n    else:\n        return g(b, a)"), 40)
