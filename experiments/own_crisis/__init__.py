"""A crisis of one's own: the folder that is begun with, its map, and what is still wrong in it."""
