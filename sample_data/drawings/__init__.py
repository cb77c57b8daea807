"""Drawings of the sample's products, one function a kind of kinds.toml, by the name of the kind."""

from sample_data.drawings import house, kitchen, music, play, sport, tech, wear
from sample_data.drawings.register import DRAWINGS

__all__ = ["DRAWINGS", "house", "kitchen", "music", "play", "sport", "tech", "wear"]
