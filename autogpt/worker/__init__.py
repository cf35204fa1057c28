"""The agent behind JSON lines on standard streams: one process per language server."""
