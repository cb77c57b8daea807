"""Model inputs from interactions: splits, padded batches, negatives, candidates."""
