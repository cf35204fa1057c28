"""Edits on files: in the one right place with everything else kept, or refused as a whole with what to send."""

from __future__ import annotations

import pytest

from autogpt.edits import (
    Applied,
    Delete,
    Edit,
    Hunk,
    PathPolicy,
    Refused,
    Rename,
    SearchReplace,
    SymbolEdit,
    UnifiedDiff,
    WholeFile,
    apply,
)

SHOP = """\
import os


class Cart:
    def load(self):
        price = 1
        count = 2
        return price * count

    @property
    def total(self):
        return self.price


class Order:
    def load(self):
        price = 3
        count = 2
        return price - count
"""
FILES = {"shop.py": SHOP.encode(), "note.txt": b"one\r\ntwo\r\nthree\r\n"}


def done(*edits: Edit, files: dict[str, bytes] | None = None) -> dict[str, str]:
    """The change of edits that must apply, as text."""
    result = apply(edits, (files or FILES).get, policy=PathPolicy())
    assert isinstance(result, Applied), result.message()
    return {path: "(deleted)" if data is None else data.decode() for path, data in result.change.items()}


def refused(*edits: Edit, files: dict[str, bytes] | None = None) -> str:
    """The message of edits that must be refused."""
    result = apply(edits, (files or FILES).get, policy=PathPolicy())
    assert isinstance(result, Refused), result
    return result.message()


def swap(search: str, replace: str, scope: str = "") -> SearchReplace:
    return SearchReplace("shop.py", search, replace, scope)


@pytest.mark.parametrize(
    ("search", "replace", "old", "new"),
    [
        ("        price = 1\n", "        price = 9\n", "price = 1", "price = 9"),
        ("price = 1\ncount = 2\n", "price = 9\ncount = 2\n", "price = 1", "price = 9"),
        ("\tprice = 1\n\tcount = 2\n", "\tprice = 9\n\tcount = 2\n", "price = 1", "price = 9"),
        ("price = 1\n        count = 2\n", "price = 9\n        count = 2\n", "price = 1", "price = 9"),
        ("\nprice = 1\n\n", "\nprice = 9\n\n", "price = 1", "price = 9"),
        ("        price = 1  \n", "        price = 9  \n", "price = 1", "price = 9"),
        ("return price * count", "return price + count", "price * count", "price + count"),
        ("price * count", "price + count", "price * count", "price + count"),
        ("class Cart:\n  def load(self):\n    price = 1\n",
        "class Cart:\n  def load(self):\n    price = 9\n    if price:\n      pass\n",
         "price = 1\n", "price = 9\n        if price:\n            pass\n"),
    ],
)  # fmt: skip
def test_the_usual_slips_land_where_they_are_meant(search: str, replace: str, old: str, new: str) -> None:
    """Indentation, tabs, a lost first indentation, blank lines, trailing spaces and part of a line."""
    assert done(swap(search, replace)) == {"shop.py": SHOP.replace(old, new, 1)}


def test_a_misremembered_line_that_the_edit_keeps_stays_as_it_is_in_the_file() -> None:
    """Writing it as remembered would be a change that nobody asked for."""
    search = "    def load(self):\n        price = 1\n        amount = 2\n        return price * count\n"

    assert done(swap(search, search.replace("price * count", "price"))) == {
        "shop.py": SHOP.replace("price * count", "price")
    }


def test_a_line_that_search_forgets_is_not_removed() -> None:
    search = "    def load(self):\n        price = 1\n        return price * count\n"

    assert done(swap(search, search.replace("price * count", "price"))) == {
        "shop.py": SHOP.replace("price * count", "price")
    }


def test_search_cut_short_does_not_double_the_lines_that_follow() -> None:
    assert done(
        swap("        price = 1\n", "        price = 9\n        count = 2\n        return price * count\n")
    ) == {"shop.py": SHOP.replace("price = 1", "price = 9")}


def test_a_line_that_file_and_replace_have_is_not_lost_to_another_order_in_search() -> None:
    """Of the two lines alike one goes; with SEARCH in another order it was `write` that went, without a word."""
    head = "params = document(example)\nclosing = add('input-close')\nstyle.new_line()\n"
    tail = "closing.write('print')\nstyle.end_block()\n"
    files = {"a.txt": f"open()\n{head}style.new_line()\n{tail}".encode()}
    search = f"{head}closing.write('print')\nstyle.new_line()\n"
    edit = SearchReplace("a.txt", search, f"{head}closing.write('print')\n")

    assert done(edit, files=files) == {"a.txt": f"open()\n{head}{tail}"}


def test_a_twin_is_not_taken_because_the_right_place_pairs_badly() -> None:
    """The misremembered line resembles another line of the right place, which must not count against it."""
    twin = "header(one, two)\n} // namespace current\n} // namespace at\nfooter(three)\n"
    right = "header(one, two)\n} // namespace compositeexplicit\n} // namespace at\nfooter(three)\n"
    search = "header(one, two)\n} // namespace value\n} // namespace at\nfooter(three)\n"
    files = {"a.h": f"{twin}between(1)\nbetween(2)\nbetween(3)\n{right}".encode()}

    assert "more than one place" in refused(SearchReplace("a.h", search, search.replace("three", "four")), files=files)


def test_all_places_that_resemble_are_looked_at_before_one_is_taken() -> None:
    """With many alike, the best of the first few is not the best; a forgotten line makes them all inexact."""
    part = '"type": "object"\n}},\n"{name}": {{\n"additional": false,\n'
    text = "".join(part.format(name=f"Property{number}Long") for number in range(60)) + part.format(name="Tag")
    edit = SearchReplace(
        "a.json", '"type": "object"\n},\n"additional": false,\n', '"type": 1\n},\n"additional": false,\n'
    )

    assert "place" in refused(edit, files={"a.json": text.encode()})


def test_less_of_the_context_does_not_decide_between_two_places() -> None:
    """Lines swapped in SEARCH make two blocks as good as each other; the end of it alone would fit the wrong one."""
    one = 'check(question, solution)\nask([\n{"H", "I", "K"},\n{"A", "B"},\n{"C", "D"},\n'
    other = 'check(question, solution)\nask([\n{"A", "H"},\n{"H", "I", "K"},\n{"A", "B"},\n{"C", "D"},\n'
    search = 'check(question, solution)\nask([\n{"H", "I", "K"},\n{"A", "H"},\n{"A", "B"},\n{"C", "D"},\n'
    edit = SearchReplace("a.txt", search, search.replace("check", "verify"))

    assert "more than one place" in refused(edit, files={"a.txt": f"{other}between = 1\n{one}".encode()})


def test_the_best_place_must_lead_every_other_not_only_the_second() -> None:
    """Between a twin and the right place stands a third that resembles more, and is no rival by its lines."""
    first, middle = (
        "// select.out(Tensor self, int dim, Tensor index)\n",
        "inline Tensor select_out(self, dim, index) {\n",
    )
    block = f"{first}{middle}    return call(self, dim, index, out);\n}}\n"
    third = f"{first}inline Tensor select_outf(dim, self, index, out) {{\n    return call(self, dim, index, out);\n}}\n"
    text = f"{block}{first.replace('int', 'handler')}between(1)\n\n{block}{third}\n// select(Tensor self, int dim)\n"
    search = block + first.replace("index", "handler")

    message = refused(SearchReplace("a.h", search, search.replace("call", "do", 1)), files={"a.h": text.encode()})

    assert "more than one place" in message


def test_a_closing_bracket_that_search_lacks_is_not_doubled() -> None:
    files = {"a.js": b"function f() {\n  if (x) {\n    go();\n  }\n}\n"}
    edit = SearchReplace("a.js", "  if (x) {\n    go();\n", "  if (y) {\n    go();\n  }\n")

    assert done(edit, files=files) == {"a.js": "function f() {\n  if (y) {\n    go();\n  }\n}\n"}


def test_dots_in_both_texts_stand_for_lines_that_stay() -> None:
    search = "class Cart:\n    def load(self):\n        price = 1\n    ...\n        return price * count\n"

    assert done(swap(search, search.replace("*", "+"))) == {"shop.py": SHOP.replace("price * count", "price + count")}


def test_lines_that_occur_twice_are_refused_with_both_places() -> None:
    """The first hit is no better than the second; the message must let the model choose."""
    message = refused(swap("        count = 2\n", "        count = 3\n"))

    assert "occurs 2 times" in message and "in Cart.load" in message and "in Order.load" in message
    assert "    7 |         count = 2" in message


def test_the_corrected_search_of_a_refusal_is_found_once() -> None:
    result = apply([swap("        count = 2\n", "        count = 3\n")], FILES.get, policy=PathPolicy())
    assert isinstance(result, Refused)
    corrected = result.refusals[0].corrected

    assert SHOP.count(corrected) == 1
    assert done(swap(corrected, corrected.replace("count = 2", "count = 3"))) == {
        "shop.py": SHOP.replace("count = 2", "count = 3", 1)
    }


def test_a_scope_settles_which_of_two_is_meant() -> None:
    head, _, tail = SHOP.rpartition("count = 2")

    assert done(swap("count = 2\n", "count = 3\n", "Order.load")) == {"shop.py": f"{head}count = 3{tail}"}


def test_a_twin_is_not_taken_for_the_place_when_the_telling_line_is_wrong() -> None:
    search = "    def load(self):\n        price = 7\n        count = 2\n"

    assert "more than one place" in refused(swap(search, search.replace("count", "number")))


def test_the_same_lines_at_another_indentation_make_an_exact_match_doubtful() -> None:
    """A model that loses indentation would otherwise change the wrong one in silence."""
    files = {"a.py": b"x = 1\nif x:\n    x = 1\n"}

    assert "indentation is disregarded" in refused(SearchReplace("a.py", "x = 1\n", "x = 2\n"), files=files)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (swap("price = 77777\n", "price = 2\n"), "not in the file"),
        (swap("class Nothing:\n    here = 1\n", "class Some:\n"), "not in the file"),
        (swap("price = 1\n", "price = 1\n"), "nothing would change"),
        (swap("", "x = 1\n"), "SEARCH is empty"),
        (swap("price = 1\n", "price = 9\n", "Cart.lod"), "no `Cart.lod`"),
        (swap("        price = 1\n", "        price = (1\n"), "no longer parse"),
        (swap("        price = 1\n        count = 2\n", "        # ... rest unchanged\n"), "left out"),
        (swap("        price = 1\n        count = 2\n", "        ...\n"), "left out"),
        (swap("        price = 1\n", "        # TODO: implement this\n"), "placeholder"),
        (swap("old = 1\n", "        price = 1\n"), "is there already"),
        (SymbolEdit("shop.py", "Cart.lod", "def lod(self):\n    return 1\n"), "Cart.load"),
        (SymbolEdit("shop.py", "load", "def load(self):\n    return 1\n"), "`Cart.load` or `Order.load`"),
        (SymbolEdit("shop.py", "Cart.load", "def store(self):\n    return 1\n"), "not `load`"),
        (SymbolEdit("shop.py", "Cart.load", "def load(self):\n    return (1\n"), "does not parse"),
        (SymbolEdit("shop.py", "Cart.load", "def load(self):\n    pass\n"), "no code"),
        (SymbolEdit("shop.py", "Cart.load", "def load(self):\n    ...\n    return 2\n"), "left out"),
        (SymbolEdit("shop.py", "Cart.load", "import re\ndef load(self):\n    return 1\n"), "outside of"),
        (SymbolEdit("note.txt", "x", "def x(): return 1\n"), "`replace` edit"),
        (WholeFile("shop.py", "import os\n"), "shrink"),
        (WholeFile("note.txt", "\n"), "empty"),
        (WholeFile("shop.py", SHOP), "holds already"),
        (WholeFile("new.py", "def f(:\n"), "no longer parse"),
        (WholeFile("new.js", "a();\n// rest of the code remains the same\n"), "left out"),
        (WholeFile(".git/hooks/x", "x\n"), "git itself"),
        (WholeFile("../x.py", "x = 1\n"), "workspace"),
        (Delete("none.py"), "no such file"),
        (Rename("shop.py", "note.txt"), "exists"),
        (Rename("shop.py", "../shop.py"), "workspace"),
        (SearchReplace("none.py", "a\n", "b\n"), "no such file"),
        (UnifiedDiff("shop.py", (Hunk("price = 7777777\n", "price = 8\n"),)), "not in the file"),
    ],
)
def test_what_must_not_be_applied_is_refused_with_the_reason(edit: Edit, reason: str) -> None:
    assert reason in refused(edit)


def test_one_bad_edit_refuses_the_whole_reply() -> None:
    """Half an answer applied is a state that neither the person nor the model has thought of."""
    message = refused(swap("price = 1\n", "price = 9\n"), Delete("none.py"))

    assert "Nothing of your answer was applied" in message and "none.py" in message


def test_a_symbol_is_replaced_with_the_indentation_of_its_place() -> None:
    edit = SymbolEdit("shop.py", "Cart.load", "def load(self):\n    if self:\n        return 5\n    return 6\n")

    assert done(edit)["shop.py"].count("        if self:\n            return 5\n        return 6\n\n    @property") == 1


def test_decorators_that_the_new_text_does_not_mention_stay() -> None:
    """A model shown only the body sends only the body; losing `@property` would break every caller."""
    edit = SymbolEdit("shop.py", "Cart.total", "def total(self):\n    return 0\n")

    assert "    @property\n    def total(self):\n        return 0\n" in done(edit)["shop.py"]


def test_decorators_choose_between_two_of_a_name() -> None:
    getter = "class A:\n    @property\n    def x(self):\n        return 1\n\n"
    source = getter + "    @x.setter\n    def x(self, v):\n        self.y = v\n"
    edit = SymbolEdit("a.py", "A.x", "@x.setter\ndef x(self, v):\n    self.y = v + 1\n")

    assert done(edit, files={"a.py": source.encode()}) == {"a.py": source.replace("= v", "= v + 1")}
    assert "defined 2 times" in refused(
        SymbolEdit("a.py", "A.x", "def x(self):\n    return 2\n"), files={"a.py": source.encode()}
    )


def test_async_nested_and_multiline_strings_are_replaced_as_written() -> None:
    source = 'def outer():\n    async def inner():\n        return """\ntext\n"""\n    return inner\n'
    edit = SymbolEdit("a.py", "outer.inner", 'async def inner():\n    return """\ntext\n""" + "!"\n')

    assert done(edit, files={"a.py": source.encode()}) == {"a.py": source.replace('\n"""\n', '\n""" + "!"\n')}


def test_line_endings_bom_and_missing_final_newline_are_kept() -> None:
    files = {"a.txt": b"\xef\xbb\xbfone\r\ntwo\nthree"}
    result = apply([SearchReplace("a.txt", "three\n", "3\n4\n")], files.get, policy=PathPolicy())

    assert isinstance(result, Applied) and result.change == {"a.txt": b"\xef\xbb\xbfone\r\ntwo\n3\n4"}


def test_text_that_the_encoding_lacks_is_refused() -> None:
    files = {"a.py": "# coding: latin-1\nx = 'é'\n".encode("latin-1")}

    assert "latin-1" in refused(SearchReplace("a.py", "x = 'é'\n", "x = '€'\n"), files=files)


def test_a_binary_file_is_refused() -> None:
    assert "binary" in refused(SearchReplace("a.bin", "a\n", "b\n"), files={"a.bin": b"a\0b"})


def test_a_file_that_did_not_parse_before_may_be_edited() -> None:
    """Mending a syntax error in two steps must be possible."""
    files = {"a.py": b"def f(:\n    return 1\n\n\ndef g(:\n    return 2\n"}

    assert done(SearchReplace("a.py", "def f(:\n", "def f():\n"), files=files)["a.py"].startswith("def f():")


def test_edits_in_order_create_rename_delete_and_change() -> None:
    change = done(
        WholeFile("new/a.py", "x = 1"),
        SearchReplace("new/a.py", "x = 1\n", "x = 2\n"),
        Rename("shop.py", "store.py"),
        SearchReplace("store.py", "price = 1\n", "price = 9\n"),
        Delete("note.txt"),
    )

    assert change == {
        "new/a.py": "x = 2\n",
        "shop.py": "(deleted)",
        "store.py": SHOP.replace("price = 1", "price = 9"),
        "note.txt": "(deleted)",
    }


def test_an_empty_search_creates_a_file_that_does_not_exist() -> None:
    assert done(SearchReplace("new.txt", "", "hello\n")) == {"new.txt": "hello\n"}


def test_an_answer_without_edits_is_refused() -> None:
    assert "no edit" in refused()


@pytest.mark.parametrize(
    "line",
    ["# Keep the rest of the batch for the next call", "# existing users keep their rights", "x = [...]", "a[...] = 1",
     "def f(*args): ...", "// ...args is spread below by the caller, see spec 4.2"],
)  # fmt: skip
def test_ordinary_comments_and_ellipsis_are_no_elisions(line: str) -> None:
    from autogpt.edits.checks import is_elision

    assert not is_elision(line)


@pytest.mark.parametrize(
    "line",
    ["...", "    …", "# ...", "// ...", "/* ... */", "<!-- ... -->", "-- ...", "# ... existing code ...",
     "// rest of the function unchanged", "# (rest of the code remains the same)", "/* existing code here */",
     "# ... other methods ...", "{/* existing code */}", "; ... unchanged", "# same as before",
     "# remaining code unchanged",
     "% rest of the file", '"""... rest of docstring ..."""', "# [previous code omitted]",
     "// ... keep existing code ..."],
)  # fmt: skip
def test_elisions_are_recognised_in_any_comment_syntax(line: str) -> None:
    from autogpt.edits.checks import is_elision

    assert is_elision(line)


def test_where_one_line_is_right_its_place_is_shown() -> None:
    """A SEARCH whose last line was cut short got "not in the file" and no place, though its first line is there."""
    told = refused(swap("    def total(self):\n        return the whole of\n        what there is\n", "x\n"))
    assert "SEARCH is not in the file" in told and "in Cart.total" in told and "def total(self):" in told
    assert "Lines" not in refused(swap("nothing of this\nis in the file\n", "x\n"))
