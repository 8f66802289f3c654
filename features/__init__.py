"""CRM history in, feature frames as of any date out. Imports nothing else of ours."""
