"""What the server offers, one concern per file; each translates between LSP and the runs."""
