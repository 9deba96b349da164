"""Tests of what is told of results, on a page and on a terminal."""
