"""Files in, validated interactions, items and users out."""
