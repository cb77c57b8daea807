"""RecScope: train recommenders, browse what they suggest, and see whether the reasons given are true."""
