"""From registered bundles to stored scores, the API and the pages. Never imports `training`."""
