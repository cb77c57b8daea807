"""A trained model in, a folder that can be trusted out."""
