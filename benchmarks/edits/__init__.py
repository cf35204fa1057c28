"""Edits with slips in them, on real files: how many land right, are refused, damage text, or land elsewhere?"""
