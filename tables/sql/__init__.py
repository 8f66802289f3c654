"""Pieces of SQL: names and texts, and what a value says."""
