"""Challenger against champion: whether a version that passed its gate takes the place of the one that serves."""
