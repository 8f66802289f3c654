"""The API for a CRM, one resource a file."""
