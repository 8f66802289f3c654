"""What stored predictions say to a manager: order, tiers, changes. Pure functions, neither HTTP nor SQL."""
