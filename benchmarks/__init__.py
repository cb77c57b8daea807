"""Benchmarks of speed and quality, run by hand. Results: results/*.json (command, commit, seed, machine)."""
