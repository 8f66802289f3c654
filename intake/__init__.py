"""Looks at a company's data for the first time and proposes a workspace file. Run by `foresale init`, and by nothing else."""
