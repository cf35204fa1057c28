"""The loop in five phases: understand, strategy, generate and execute, feedback, output."""
