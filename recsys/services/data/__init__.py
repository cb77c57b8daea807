"""Services of the Data page."""
