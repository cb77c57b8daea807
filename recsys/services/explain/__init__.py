"""Services of the Explain page."""
