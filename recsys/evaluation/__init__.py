"""Scores in, numbers out: ranks over the whole catalogue, metrics at K, intervals."""
