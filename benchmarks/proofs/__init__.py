"""`make proof-NAME`: every line of an issue's "Done when" on a fresh clone."""
