"""Questions put to the model: what is compared, and what counts as an answer."""
