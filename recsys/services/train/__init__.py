"""Services of the Train page."""
