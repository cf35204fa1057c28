"""The search takes from a file how it is written."""

from __future__ import annotations

from autogpt.search.generate import FileSpace
from autogpt.search.space import Source

FUNCTION = "def {name}(store, first, second, third):\n    return store.find({key}, True)\n\n\n"


def test_what_the_file_says_elsewhere_is_tried_before_what_it_never_says() -> None:
    """Both names are there and nothing else tells them apart."""
    for usual, strange in (("first", "second"), ("second", "first")):
        text = "".join(FUNCTION.format(name=f"f{number}", key=usual) for number in range(3))
        text += FUNCTION.format(name="wrong", key="third")
        source = Source("m.py", text)

        found = list(FileSpace(source).edits(text[: text.index("wrong")].count("\n") + 2))

        names = [edit.text for edit in found if text[edit.start : edit.end] == "third"]
        assert names.index(usual) < names.index(strange)
        assert [edit.cost for edit in found] == sorted(edit.cost for edit in found)
