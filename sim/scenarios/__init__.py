"""Scenarios: what a run starts from, its numbers and its map, and how they are read and checked."""
