"""Files come back byte for byte, apart from the edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.search.edit import Edit
from autogpt.search.files import MAX_BYTES, Files


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\r\ny = 1\r\n",
        b"\xef\xbb\xbfx = 1\n",
        "# -*- coding: latin-1 -*-\nx = 'caf\xe9'\ny = 1\n".encode("latin-1"),
        "x = 'ünï𝒳'\ny = 1".encode(),
        b"x = 1\n\x0cy = 1\r\nz = 1",
    ],
)
def test_an_edit_changes_its_span_and_nothing_else(tmp_path: Path, data: bytes) -> None:
    """Encoding, BOM, line endings and a missing last one stay."""
    (tmp_path / "a.py").write_bytes(data)
    files = Files(tmp_path)
    source = files.source("a.py")
    assert source is not None
    at = source.text.rindex("1") if "y" in source.text else source.text.index("1")

    changed = files.change(Edit("a.py", at, at + 1, "22", "constant", "", 1, 1.0))

    place = data.rindex(b"1") if b"y" in data else data.index(b"1")
    assert changed == {"a.py": data[:place] + b"22" + data[place + 1 :]}


@pytest.mark.parametrize("data", [b"x = (", b"\xff\xfe\x00", b"x = 1\n" * (MAX_BYTES // 6 + 1), b"x = '\x00'"])
def test_what_is_no_python_that_can_be_read_is_not_searched(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)

    assert Files(tmp_path).source("a.py") is None
    assert Files(tmp_path).source("missing.py") is None
