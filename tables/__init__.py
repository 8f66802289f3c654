"""From sources to accepted rows: read, typed, judged, written as canonical Parquet; the rest is quarantined."""
