"""The historical record: its data, its patterns, and predictions scored against it."""
