"""The small datasets, models and runs that tests share. A test makes its own only where none of these will do."""
