"""Side-by-side measurements: `python -m benchmarks.NAME [--quick] [--json FILE]`. Results are kept in `results/`."""
