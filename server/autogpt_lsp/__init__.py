"""The language server: LSP to worker messages and back; knows nothing of models, git or torch."""
