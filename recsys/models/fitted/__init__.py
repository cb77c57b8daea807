"""Models with a closed form, one a file."""
