"""Runs: from a plan to a folder of results."""
