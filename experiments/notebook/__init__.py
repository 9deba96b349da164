"""The model as it is used in a notebook: runs, and what came of them, in memory or from a folder."""
