"""The order desk of a small tea shop."""
