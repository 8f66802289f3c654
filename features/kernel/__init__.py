"""The event kernel: every number of every (entity, cutoff) row in one pass over the events."""
