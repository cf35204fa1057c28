"""Files of a training: each written whole or not at all, so that a full disk or a kill leaves the one before."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cattrs import structure

from autogpt.errors import WorkspaceError


def write_whole(path: Path, data: bytes | str) -> None:
    """Put new content in place in one step. Raise `WorkspaceError` when it cannot be written; what was there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_down(scratch, data.encode("utf-8") if isinstance(data, str) else data)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise not_written(path, error) from error


def write_down(path: Path, data: bytes) -> None:
    """Write and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def not_written(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"{path} could not be written: {error.strerror or error}.", "What was there before is kept.")


def replace_folder(scratch: Path, folder: Path) -> None:
    """Put a finished folder in the place of an older one."""
    if folder.exists():
        shutil.rmtree(folder)
    scratch.rename(folder)


def write_json(path: Path, value: Any) -> None:
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """None for a file that is not there or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_lines(path: Path, items: Iterable[Any]) -> int:
    """Dataclasses as JSON lines; how many."""
    lines = [json.dumps(asdict(item), ensure_ascii=True) for item in items]
    write_whole(path, "".join(line + "\n" for line in lines))
    return len(lines)


def read_lines(path: Path, kind: type[Any]) -> Iterator[Any]:
    """The dataclasses of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield structure(json.loads(line), kind)
