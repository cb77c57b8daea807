"""The screens of the Models page."""
