"""The project map: what is defined where, who uses it, and what of it matters for a task. Knows nothing of models."""
