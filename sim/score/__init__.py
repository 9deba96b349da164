"""The model held against the record."""
