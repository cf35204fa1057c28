"""The bytes of a text that an editor holds: in the encoding that the file on disk has."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoded(text: str, on_disk: bytes | None) -> bytes:
    """`text` as the editor would save it; its line endings are kept, a byte order mark is added where the disk has one.

    A file that is not UTF-8 and has no mark is taken for Latin-1; what Latin-1 cannot say turns it into UTF-8.
    """
    disk = on_disk or b""
    for mark, encoding in _MARKS:
        if disk.startswith(mark):
            return mark + text.removeprefix("\ufeff").encode(encoding, "surrogatepass")
    try:
        disk.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "surrogatepass")
