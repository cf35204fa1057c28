"""What an edit does not touch comes back byte for byte, whatever the encoding and the line endings."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autogpt.edits.document import new_document, read_document, split

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)


@given(st.lists(st.tuples(TEXT, ENDS), max_size=12), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_file_read_and_written_is_the_same_bytes(lines: list[tuple[str, str]], encoding: str) -> None:
    """Mixed endings, a BOM, a form feed or U+2028 inside a line must not be tidied up by reading."""
    data = "".join(line + end for line, end in lines).encode(encoding)

    document = read_document(data)

    assert document is not None and document.to_bytes() == data


@given(st.binary(max_size=60))
def test_any_bytes_are_binary_or_come_back(data: bytes) -> None:
    """Bytes that are no UTF-8 are kept as they are, never replaced by a question mark."""
    document = read_document(data)

    assert document is None or document.to_bytes() == data


@pytest.mark.parametrize(
    ("data", "start", "stop", "new", "expected"),
    [
        (b"a\r\nb\r\nc\r\n", 1, 2, ["x", "y"], b"a\r\nx\r\ny\r\nc\r\n"),
        (b"a\nb\r\nc\n", 1, 2, ["x"], b"a\nx\r\nc\n"),
        (b"a\r\nb\nc\r\nd\n", 0, 4, ["a", "b", "new", "c", "d"], b"a\r\nb\nnew\r\nc\r\nd\n"),
        (b"a\nb", 1, 2, ["x", "y"], b"a\nx\ny"),
        (b"a\nb", 2, 2, ["c"], b"a\nb\nc"),
        (b"a\r\nb", 0, 1, ["x"], b"x\r\nb"),
        (b"a\nb\n", 0, 1, [], b"b\n"),
        (codecs.BOM_UTF8 + b"a\nb\n", 0, 1, ["\xe9"], codecs.BOM_UTF8 + "\xe9\nb\n".encode()),
        (b"# coding: latin-1\n\xe9\n", 1, 2, ["\xfc"], b"# coding: latin-1\n\xfc\n"),
        ("a\r\nb\r\n".encode("utf-16"), 1, 2, ["c"], "a\r\nc\r\n".encode("utf-16")),
    ],
)
def test_new_lines_take_the_endings_and_the_encoding_of_the_file(
    data: bytes, start: int, stop: int, new: list[str], expected: bytes
) -> None:
    document = read_document(data)

    assert document is not None and document.splice(start, stop, new).to_bytes() == expected


def test_a_form_feed_and_a_line_separator_end_no_line() -> None:
    """Python's own `splitlines` would, and the numbers of lines would differ from the compiler's."""
    assert split("a\fb\u2028c\nd")[0] == ("a\fb\u2028c", "d")


def test_a_binary_file_is_not_text() -> None:
    assert read_document(b"\x89PNG\r\n\x1a\n\0\0") is None


def test_a_new_file_ends_with_a_newline() -> None:
    assert new_document("a\r\nb").to_bytes() == b"a\nb\n"
