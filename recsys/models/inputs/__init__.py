"""What models read besides item ids: content, user features, ratings."""
