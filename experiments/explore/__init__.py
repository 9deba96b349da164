"""The space of parameters: what moves an outcome, where it happens, what the record leaves open."""
