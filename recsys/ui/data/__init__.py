"""The screens of the Data page."""
