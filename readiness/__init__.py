"""`foresale check`: whether a company's data can carry the three tasks, what was damaged, and the smallest remedy."""
