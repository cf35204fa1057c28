"""`python -m autogpt` and the console command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit code is the contract's."""
    from autogpt.cli.app import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
