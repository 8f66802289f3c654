"""How each kind of source is read: CSV in any dialect, workbooks, databases."""
