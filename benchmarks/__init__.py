"""What is measured, by which command, with what result (LOG.md)."""
