"""Services of the Recommend page."""
