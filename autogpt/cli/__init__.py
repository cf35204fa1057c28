"""The command line: arguments in, progress and a result out. Each command imports what it needs when it runs."""
