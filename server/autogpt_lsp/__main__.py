"""`python -m autogpt_lsp`: the same as `autogpt lsp`."""

from __future__ import annotations

import sys

from autogpt_lsp.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
