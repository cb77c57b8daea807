"""The screens of the Recommend page."""
