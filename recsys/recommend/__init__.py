"""A model and a history in, the next items out."""
