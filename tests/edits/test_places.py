"""Which place an edit means when SEARCH is not quite right: REPLACE, and what stays the same, speak for it too."""

from __future__ import annotations

import pytest

from autogpt.edits import Applied, PathPolicy, Refused, SearchReplace, apply

TWINS = """\
def first(name):
    limit = 10
    return fetch(name, limit)


def second(name):
    limit = 20
    return fetch(name, limit)
"""


def result_of(text: str, search: str, new: str) -> Applied | Refused:
    return apply([SearchReplace("a.txt", search, new)], {"a.txt": text.encode()}.get, policy=PathPolicy())


def becomes(text: str, search: str, new: str) -> str:
    """The file after an edit that must apply."""
    result = result_of(text, search, new)
    assert isinstance(result, Applied), result.message()
    data = result.change["a.txt"]
    assert data is not None
    return data.decode()


def refused(text: str, search: str, new: str) -> str:
    """The message for an edit that must be refused."""
    result = result_of(text, search, new)
    assert isinstance(result, Refused), result
    return result.message()


def test_the_line_that_only_search_remembers_wrongly_tells_twins_apart() -> None:
    """REPLACE copies `limit = 20` from the second; that SEARCH says 25 there is a slip."""
    search = "    limit = 25\n    return fetch(name, limit)\n"
    new = "    limit = 20\n    return fetch(name, limit, now)\n"
    head, _, tail = TWINS.rpartition("fetch(name, limit)")

    assert becomes(TWINS, search, new) == f"{head}fetch(name, limit, now){tail}"


def test_twins_are_not_told_apart_by_a_line_that_both_texts_have_wrong() -> None:
    search = "    limit = 25\n    return fetch(name, limit)\n"

    assert "more than one place" in refused(TWINS, search, search.replace("limit)", "limit, now)"))


def test_one_exact_line_is_enough_where_nothing_speaks_for_another_place() -> None:
    """Aider's rule gives up context until the rest is found; here the rest must not be at home elsewhere."""
    text = "from abc import ABC\n\nimport torch\n\n\nclass Base(ABC):\n    size = 4\n"
    search = "import torchvision\n\n\nclass Base(ABC):\n"

    assert becomes(text, search, search.replace("Base", "Root")) == text.replace("Base", "Root")


def test_a_line_of_search_that_is_at_home_elsewhere_speaks_against_a_place() -> None:
    """`def total` is there, with another body; that its remembered body is that of `count` must not decide."""
    text = "def total(self):\n    return self.price\n\n\ndef count(self):\n    return len(self.lines)\n"
    search = "def total(self):\n    return len(self.lines)\n"

    refused(text, search, search.replace("len(self.lines)", "0"))


@pytest.mark.parametrize(
    ("search", "new", "old", "fresh"),
    [
        ("b = 2\nd = 4\n", "b = 2\nd = 5\n", "d = 4", "d = 5"),
        ("b = 2\nd = 4\n", "b = 2\n", "d = 4\n", ""),
        ("a = 1\nc = 3\n", "a = 7\nc = 3\n", "a = 1", "a = 7"),
    ],
)
def test_a_line_that_both_texts_forget_stays_next_to_what_changes(search: str, new: str, old: str, fresh: str) -> None:
    text = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n"

    assert becomes(text, search, new) == text.replace(old, fresh)


def test_an_added_line_is_not_put_on_either_side_of_one_that_both_texts_forget() -> None:
    text = "alpha = 1\nbeta = 2\ngamma = 3\n"

    told = refused(text, "alpha = 1\ngamma = 3\n", "alpha = 1\nnew = 0\ngamma = 3\n")

    assert "leaves out line 2 of the file, `beta = 2`" in told and "put it into SEARCH" in told


def test_a_line_inside_what_is_removed_is_not_left_behind() -> None:
    text = "alpha = 1\nbeta = 2\ngamma = 3\ndelta = 4\n"

    assert "leaves out line 2" in refused(text, "alpha = 1\ngamma = 3\ndelta = 4\n", "delta = 4\n")


def test_a_blank_line_that_both_texts_forget_stays() -> None:
    text = "alpha = 1\nbeta = 2\n\ngamma = 3\n"

    assert becomes(text, "alpha = 1\nbeta = 2\ngamma = 3\n", "alpha = 1\nbeta = 5\ngamma = 3\n") == text.replace(
        "beta = 2", "beta = 5"
    )


def test_lines_that_both_texts_swap_stay_in_the_order_of_the_file() -> None:
    text = "open(path)\nread(path)\nclose(path)\nreport(path)\n"
    search = "read(path)\nopen(path)\nclose(path)\nreport(path)\n"

    assert becomes(text, search, search.replace("report", "tell")) == text.replace("report", "tell")


def test_lines_that_search_alone_swaps_are_as_replace_has_them() -> None:
    text = "items.map(x => {\n  go(x)\n})\n}\n\nfunction next() {\n  stop()\n"
    search = "}\n})\n\nfunction next() {\n  stop()\n"

    assert becomes(text, search, "})\n}\n\nfunction then() {\n  stop()\n") == text.replace("next", "then")


def test_a_mark_is_not_lost_to_another_order_in_search() -> None:
    """SEARCH has the `#` before `fixed` only after it; the file has one on either side."""
    text = "# tk chooser\n# written in May\n#\n# fixed in August\n#\nimport os\n"
    search = "# tk chooser\n# written in May\n# fixed in August\n#\n"

    assert "another order" in refused(text, search, "# tk dialogue\n# written in May\n#\n# fixed in August\n")


def test_the_end_of_a_block_that_loses_its_head_stays() -> None:
    """A bracket too many in the result is the edit's own; the one that follows in the file is not taken for it."""
    text = "switch (x) {\n  case 1:\n    go()\n  default: {\n    stop()\n  }\n  }\n}\n"
    search = "    go()\n  default: {\n    stop()\n  }\n"

    assert becomes(text, search, search.replace("  default: {\n", "")) == text.replace("  default: {\n", "")


def test_a_mark_that_replace_repeats_is_named() -> None:
    """SEARCH ended before `*/`, REPLACE after it, and the file got two."""
    told = refused("/**\n * Sum.\n */\nfunction sum() {}\n", "/**\n * Sum.\n", "/**\n * Product.\n */\n")

    assert "REPLACE repeats `*/`" in told and "put it into SEARCH too" in told


def test_indentation_of_two_lines_is_not_exchanged() -> None:
    text = "f(() => {\n    if (x) {\n        go()\n    }\n  })\nreturn value\n"
    search = "        go()\n  }\n    })\nreturn value\n"

    assert "indentation" in refused(text, search, search.replace("return value", "return other"))


@pytest.mark.parametrize(
    "search", ["def second(name):\n...\n    return fetch(name, limit)\n", "...\ndef second(name):\n...\n"]
)
def test_a_part_that_stays_may_be_there_twice(search: str) -> None:
    """What changes has one place; the lines that `...` leads to need only be there, on the right side of it."""
    assert becomes(TWINS, search, search.replace("second", "third")) == TWINS.replace("second", "third")


def test_a_part_that_is_there_twice_is_sought_between_its_neighbours() -> None:
    search = "def second(name):\n...\n    return fetch(name, limit)\n"
    head, _, tail = TWINS.rpartition("fetch(name, limit)")

    assert becomes(TWINS, search, search.replace("fetch", "load")) == f"{head}load(name, limit){tail}"


def test_the_part_of_a_shortened_search_that_has_no_place_is_named() -> None:
    told = refused(TWINS, "def second(name):\n...\n    limit = 10\n", "def third(name):\n...\n    limit = 10\n")

    assert "its part with `limit = 10` is not in the file once" in told


def test_a_blank_line_after_what_a_part_removes_stays() -> None:
    text = "one = 1\ntwo = 2\nthree = 3\n\nfour = 4\n"

    assert becomes(text, "one = 1\n...\nthree = 3\n\nfour = 4\n", "one = 1\n...\n\nfour = 4\n") == text.replace(
        "three = 3\n", ""
    )


def test_an_edit_that_is_there_already_is_said_to_be() -> None:
    assert "has here already" in refused(TWINS, "    limit = 15\n", "    limit = 20\n")


def test_of_two_places_each_can_be_sent_as_the_refusal_says() -> None:
    """The corrected SEARCH is of the first place; for the second there was only the advice to add a line."""
    text = "def one(items):\n    count = 2\n    return items\n\n\ndef two(items):\n    count = 2\n    return count\n"
    edit = SearchReplace("a.py", "    count = 2\n", "    count = 3\n")
    result = apply([edit], {"a.py": text.encode()}.get, policy=PathPolicy())

    assert isinstance(result, Refused) and "line 7, name its symbol in the header: `edit replace a.py in two`" in (
        result.message()
    )


def test_a_search_that_is_right_is_not_sent_again() -> None:
    """Where REPLACE is at fault, a corrected SEARCH would be taken for what was asked."""
    search = "    limit = 20\n    return fetch(name, limit)\n"

    assert "send this SEARCH" not in refused(TWINS, search, "    # ... rest unchanged\n")


def test_a_line_that_is_taken_out_takes_nothing_with_it() -> None:
    """What follows it is by chance what comes before it, and is not what a SEARCH cut short has left out."""
    head, again = 'say("raise")\nsay("")\n\nwait(prompt)\n', 'say("")\n\nwait(prompt)\n'
    text = f'{head}say("first")\n{again}say("second")\n'

    assert becomes(text, f'{head}say("first")\n', head) == f'{head}{again}say("second")\n'


def test_a_bracket_that_is_taken_for_another_one_does_not_move_the_indentation() -> None:
    """SEARCH forgot the line before the brackets, its last was taken for the first, and both went to the right."""
    text = "for (const part of parts) {\n  if (part) {\n    check(part)\n    // keep\n    list.push(part)\n  }\n}\n"
    search = "    check(part)\n    // keep\n  }\n}\n"

    told = refused(text, search, "    verify(part)\n    // keep\n    list.push(part)\n  }\n}\n")

    assert "indentation" in told and "list.push(part)" in told


def test_which_line_is_moved_is_not_guessed() -> None:
    """The file has one of them twice: to move the one gives other lines than to move the other."""
    text = "int first(DATA *x,\n    int last);\nint next(DATA *x,\n    int last);\nint all();\nint add(int x);\n"
    search = "    int last);\nint next(DATA *x,\nint all();\nint add(int x);\n"

    assert "another order" in refused(text, search, "int next(DATA *x,\n    int last);\nint all();\nint add(long x);\n")


@pytest.mark.parametrize(
    "search",
    [
        "    if not name:\n        return\n    found = get(names)\n",
        "    if not name:\n        return\n    found = get(n\n",
        "    if not name:\n",
    ],
    ids=["a line wrong", "the last line cut", "cut short"],
)
def test_a_line_of_replace_that_is_in_the_place_is_not_sought_before_it(search: str) -> None:
    """REPLACE begins with the `return` of what it takes the head from; the one above it is another."""
    text = "    if bad:\n        return\n    if not name:\n        return\n    found = get(name)\n    go(found)\n"

    assert becomes(text, search, "        return\n    found = get(name)\n") == text.replace("    if not name:\n", "")


def test_a_mark_that_search_has_twice_by_mistake_is_not_taken_for_the_next_one() -> None:
    """The `#` that REPLACE ends with is the file's; to SEARCH, which has it earlier, it seems to be moved."""
    text = "# by me\n# under the licence of May\n# see at\n#\n#     licences/mit.txt\n#\n# and nowhere else\n"
    search = "# by me\n# under the licence of May\n# see at\n#\n#\n#     licences/mit.txt\n"
    new = "# by me\n# under the licence of June\n# see at\n#\n#     licences/mit.txt\n#\n"

    assert "REPLACE repeats `#`" in refused(text, search, new)


def test_a_line_that_is_nowhere_and_may_be_new_is_not_left_out() -> None:
    """SEARCH says `entry` for `first`, or REPLACE puts `entry` in the place of `last`: both are as near."""
    text = "from shop import (\n    first,\n    last,\n    more,\n)\n"
    search = "from shop import (\n    entry,\n    last,\n"

    assert "SEARCH has `entry,` where" in refused(text, search, "from shop import (\n    first,\n    entry,\n")
