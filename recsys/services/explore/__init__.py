"""Services of the Explore page."""
