"""Seeded bugs in the functions of well-tested packages: how many does `autogpt fix` repair, and how well?"""
