"""Questions put to the model, and the command line."""
