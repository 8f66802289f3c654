"""A made-up B2B company with a known truth: all canonical tables, and what the best possible forecast would have said."""
