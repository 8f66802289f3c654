"""The engines beside ours, each in every fast way we know."""
