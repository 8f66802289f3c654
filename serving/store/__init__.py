"""The score store, in SQLite or PostgreSQL: predictions with their reasons, keys, sessions."""
