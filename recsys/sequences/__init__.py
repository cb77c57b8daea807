"""Interactions in, what a model eats out: splits, padded batches, negatives, candidates."""
