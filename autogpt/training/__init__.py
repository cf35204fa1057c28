"""Trains the built-in model: stages from data to weights that ship, each resumable, each run by `autogpt train`."""
