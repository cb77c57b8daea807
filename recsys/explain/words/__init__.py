"""Sentences made from explanations."""
