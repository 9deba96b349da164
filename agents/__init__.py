"""Who decides, by which rule."""
