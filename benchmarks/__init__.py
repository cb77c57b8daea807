"""Speed and quality, run by hand; results in results/*.json (command, commit, seed, machine)."""
