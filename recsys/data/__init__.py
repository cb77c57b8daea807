"""Datasets: importing them from files (importing/), their tables, and storing them."""
