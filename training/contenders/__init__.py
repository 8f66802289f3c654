"""The rivals of every model on the same rows: rules, scorecards, linear models, BG/NBD."""
