"""`python -m benchmarks.serving`: how fast a trained company is answered."""
