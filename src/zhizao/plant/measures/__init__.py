"""Measures: which may be taken together, what is uncertain of them, and the library of their kinds."""
