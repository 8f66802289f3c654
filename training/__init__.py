"""From canonical tables to registered, gated models. Never imports `serving`."""
