"""Compiled parts of the search over plans."""
