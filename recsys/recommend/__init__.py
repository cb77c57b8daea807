"""Recommendations from a trained model: top K, similar items, diversity, blends and cold start."""
