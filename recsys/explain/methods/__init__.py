"""Explanation methods, one a file; `registry` lists them."""
