"""From uploaded files to tables: file -> text -> rows -> columns -> values -> one checked dataset, in this order (load.py)."""
