"""The screens of the Home page."""
