"""Unsaved text is written as the editor would save it."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autogpt.git.text import encoded


@pytest.mark.parametrize(
    ("text", "disk", "wanted"),
    [
        ("ü\r\n", None, b"\xc3\xbc\r\n"),
        ("ü", b"\xef\xbb\xbfa", b"\xef\xbb\xbf\xc3\xbc"),
        ("\ufeffü", b"\xef\xbb\xbfa", b"\xef\xbb\xbf\xc3\xbc"),
        ("ü", b"caf\xe9", b"\xfc"),
        ("日", b"caf\xe9", "日".encode()),
        ("a", codecs.BOM_UTF16_BE + b"\0b", codecs.BOM_UTF16_BE + b"\0a"),
        ("a", codecs.BOM_UTF32_LE + b"b\0\0\0", codecs.BOM_UTF32_LE + b"a\0\0\0"),
    ],
)
def test_the_encoding_of_the_file_is_kept(text: str, disk: bytes | None, wanted: bytes) -> None:
    assert encoded(text, disk) == wanted


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_a_file_opened_and_not_changed_is_the_same_bytes(text: str, encoding: str) -> None:
    """NUL is left out: at the beginning it turns the mark of UTF-16 into that of UTF-32, and no text has it."""
    disk = text.encode(encoding)
    shown = text.removeprefix("\ufeff") if encoding != "utf-8" else text

    assert encoded(shown, disk) == disk or text.startswith("\ufeff")
