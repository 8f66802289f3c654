"""The pages for sales managers: routes, templates, styles."""
