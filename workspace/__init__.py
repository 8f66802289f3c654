"""`foresale.toml`: one company's sources, columns, tasks and tiers, validated. Imports nothing else of ours."""
