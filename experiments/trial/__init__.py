"""Questions put to the model: what is compared, what is judged, and the answers."""
