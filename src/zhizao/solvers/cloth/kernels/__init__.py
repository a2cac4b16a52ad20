"""Compiled parts of the cloth solver: energies, the sparse system, distances to a body."""
