"""The screens of the Explain page."""
