"""Runs: trained models on disk, their jobs, queue, export and import."""
