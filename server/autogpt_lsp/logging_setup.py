"""The log: one rotating file of our own; standard error stays silent, for editors keep it for ever."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path

from autogpt import paths

MAX_BYTES, BACKUPS = 2 << 20, 3


def log_file() -> Path:
    """`AUTOGPT_LOG`, else `server.log` in the state folder."""
    override = os.environ.get("AUTOGPT_LOG")
    return Path(override) if override else paths.state_home() / "server.log"


def start_logging(level: str = "INFO") -> Path | None:
    """Log to the file from now on. None when it cannot be written: a server without a log is better than none."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", errors="backslashreplace", delay=True
        )
        path.open("ab").close()
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(logging.Formatter(f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(level)
    # pygls writes every message it sends at INFO: the person's code does not belong in a log.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.raiseExceptions = False
    return path


def set_level(level: str) -> None:
    logging.getLogger().setLevel(level)
