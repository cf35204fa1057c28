"""Whether the language server works here, as `autogpt doctor` says it: one is started, greeted and ended."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from autogpt.errors import AutogptError
from autogpt_lsp.logging_setup import log_file
from autogpt_lsp.stdio import Frames

TIMEOUT = 30.0
"""Seconds after which a server that does not end counts as hung."""


def check(command: tuple[str, ...] = (sys.executable, "-m", "autogpt_lsp")) -> str:
    """What was found, in a phrase. Raise `AutogptError` with what to do when it does not work."""
    messages = (
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    )
    hint = f"Look into {log_file()}, or install autogpt anew."
    began = time.monotonic()
    try:
        done = subprocess.run(
            command,
            input=b"".join(map(_framed, messages)),
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            cwd=sys.prefix,  # never the workspace, whose files `-m` would import
        )
        answers = {answer.get("id"): answer for answer in map(json.loads, Frames().feed(done.stdout))}
        server = answers[1]["result"]["serverInfo"]
    except subprocess.TimeoutExpired:
        raise AutogptError(f"The server does not end within {TIMEOUT:.0f} seconds.", hint) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AutogptError(f"The server does not answer ({type(error).__name__}: {error}).", hint) from None
    if done.returncode or done.stderr:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise AutogptError(" ".join([f"The server ended with status {done.returncode}.", *said]), hint)
    return (
        f"{server['name']} {server['version']} answers and ends in {time.monotonic() - began:.1f} s; log: {log_file()}"
    )


def _framed(message: Mapping[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body
