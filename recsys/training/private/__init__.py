"""Training with differential privacy per user."""
