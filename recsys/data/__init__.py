"""Reading uploads into validated interactions, items and users."""
