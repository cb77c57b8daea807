"""Model inputs besides item ids: item content, user features, ratings."""
