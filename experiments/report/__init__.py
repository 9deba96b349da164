"""What folders of runs and answers say, in tables and sentences, on a page and on a terminal."""
