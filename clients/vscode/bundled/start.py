"""Starts the server from the libraries beside this file and nothing else of the interpreter's: run with `-I -S`."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs"))

from autogpt_lsp.cli import main  # noqa: E402 - the path comes first

sys.exit(main(sys.argv[1:]))
