"""The historical record, as data."""
