"""What it probably means: accounts, tables, columns, outcomes, orders and tasks, each with its reason."""
