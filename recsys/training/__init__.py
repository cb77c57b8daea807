"""Model and batches in, trained model out, as a stream of events. Knows no disk and no page."""
