"""The screens of the Train page."""
