"""Texts for those who learn: the glossary, how to read each figure, a seminar."""
