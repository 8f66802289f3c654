"""Scorers, calibration, explanations and the bundle they are shipped in. May import `features`."""
