"""Services of the Models page."""
