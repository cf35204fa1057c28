"""Open documents: one edit in the wrong place, and every later answer is about another text than the person sees."""

from __future__ import annotations

import pytest
from autogpt_lsp.documents import Document, Documents, index_of, split_lines, units
from autogpt_lsp.edits import carried_lines, moves, same_text, text_edits
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

TEXTS = st.text(st.sampled_from("ab \n\r🙂ä\x0c\u2028"), max_size=24)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def document(text: str, encoding: str = "utf-16") -> Document:
    return Document("file:///f.py", "python", 1, split_lines(text), encoding)


def offset(lines: list[str], line: int, index: int) -> int:
    return sum(map(len, lines[:line])) + index


@given(TEXTS, TEXTS, ENCODINGS, st.data())
@settings(max_examples=300)
def test_an_incremental_change_is_the_change_of_the_string(
    text: str, new: str, encoding: str, data: st.DataObject
) -> None:
    """The reference is plain slicing; carriage returns and line feeds that come to touch are the hard part."""
    shown = document(text, encoding)
    points = []
    for _ in range(2):
        line = data.draw(st.integers(0, len(shown.lines) - 1))
        points.append((line, data.draw(st.integers(0, len(shown.lines[line].rstrip("\r\n"))))))
    points.sort()
    span = types.Range(*(shown.position(*point) for point in points))
    start, end = (offset(shown.lines, *point) for point in points)

    shown.change(2, [types.TextDocumentContentChangePartial(range=span, text=new)])

    assert shown.text == text[:start] + new + text[end:]
    assert shown.lines == split_lines(shown.text)


@given(TEXTS, TEXTS, ENCODINGS)
@settings(max_examples=300)
def test_edits_between_two_texts_give_the_second(before: str, after: str, encoding: str) -> None:
    """Applied from the end, as the specification allows; whatever the client's encoding."""
    shown = document(before, encoding)

    for edit in reversed(text_edits(document(before, encoding), after)):
        shown.change(2, [types.TextDocumentContentChangePartial(range=edit.range, text=edit.new_text)])

    assert shown.text == after


@given(st.text(max_size=20), ENCODINGS)
def test_units_and_index_are_inverse(text: str, encoding: str) -> None:
    line = text.replace("\n", "").replace("\r", "")
    for index in range(len(line) + 1):
        assert index_of(line, units(line[:index], encoding), encoding) == index


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_an_emoji_counts_as_the_client_counts(encoding: str, character: int) -> None:
    assert document("🙂b", encoding).position(0, 1).character == character


@pytest.mark.parametrize(("line", "character"), [(0, 99), (99, 0), (99, 99)])
def test_positions_outside_become_the_nearest_place(line: int, character: int) -> None:
    shown = document("ab\ncd")
    end = (0, 2) if line == 0 else (1, 2)

    assert shown.point(types.Position(line, character)) == end


def test_the_same_file_under_other_spellings_of_its_uri_is_one_document() -> None:
    """VS Code escapes more than Neovim does, and commands bring back either."""
    documents = Documents()
    documents.open(types.TextDocumentItem("file:///my%20sh%C3%B6p/a.py", "python", 1, "x"))

    assert documents.get("file:///my shöp/a.py") is documents.get("file:///my%20sh%C3%B6p/a.py") is not None


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [(0, 0, (1, 1)), (0, 1, (1, 2)), (2, 2, (3, 4)), (3, 3, (5, 5)), (4, 4, (6, 6)), (1, 4, (2, 6)), (5, 5, (7, 7))],
)
def test_lines_are_followed_through_changes(first: int, last: int, wanted: tuple[int, int]) -> None:
    """A remark on lines that were changed is about all that took their place."""
    old, new = split_lines("a\nb\nc\nd\ne\nf\n"), split_lines("x\na\nb\nC\nC\nd\ne\n")

    assert carried_lines(old, new, first, last) == wanted


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("a\n", "a", True), ("a\r\nb", "a\nb\n", True), ("a", "b", False), ("a\n\n", "a", False), ("", "\n", True)],
)
def test_what_editors_change_by_themselves_is_no_difference(left: str, right: str, same: bool) -> None:
    assert same_text(left, right) is same


@pytest.mark.parametrize(
    ("gone", "made", "moved"),
    [
        ({"a": "1\n2\n"}, {"b": "1\n2\n"}, {"a": "b"}),
        ({"a": "1\n2\n"}, {"b": "1\r\n3\r\n"}, {"a": "b"}),
        ({"a": "1\n2\n"}, {"b": "1\n3\n4\n"}, {}),
        ({"a": "1\n2\n", "b": "1\n2\n3\n"}, {"c": "1\n2\n3\n", "d": "1\n2\n"}, {"b": "c", "a": "d"}),
        ({"a": ""}, {"b": ""}, {}),
        ({"a": "\n\n"}, {"b": "\n\n"}, {}),
        ({}, {"b": "1\n"}, {}),
    ],
)
def test_a_file_that_goes_and_comes_mostly_the_same_was_moved(
    gone: dict[str, str], made: dict[str, str], moved: dict[str, str]
) -> None:
    assert moves(gone, made) == moved
