"""The same features on a cluster: sessions, and frames made part by part in its workers."""
