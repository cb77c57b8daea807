"""The screens of the Explore page."""
