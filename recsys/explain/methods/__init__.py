"""Explanation methods, one per file; `registry` lists them."""
