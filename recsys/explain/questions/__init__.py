"""Questions about one recommendation, answered with explanation methods."""
