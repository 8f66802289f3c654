"""What lies there: files, samples, profiles, the forms of values, links and copies."""
