"""A language server of the past, to the plugin: it answers `initialize` and knows none of the commands."""

import json
import sys


def read() -> dict[str, object] | None:
    length = 0
    while (header := sys.stdin.buffer.readline()).strip():
        name, _, value = header.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return json.loads(sys.stdin.buffer.read(length)) if length else None


while (message := read()) is not None and message["method"] != "exit":
    if "id" in message:
        capabilities = {"executeCommandProvider": {"commands": ["autogpt.run.implement"]}}
        result = {"capabilities": capabilities, "serverInfo": {"name": "autogpt", "version": "0.0.9"}}
        answer = {
            "jsonrpc": "2.0",
            "id": message["id"],
            "result": result if message["method"] == "initialize" else None,
        }
        body = json.dumps(answer).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        sys.stdout.buffer.flush()
