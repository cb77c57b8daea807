"""A shop whose right answers are known: the causes of its events are planted and written down."""
