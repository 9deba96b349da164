"""The browser page: what is played, how it is drawn, and what a user can set."""
