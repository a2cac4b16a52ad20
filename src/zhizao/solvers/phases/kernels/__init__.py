"""Compiled parts of the integrator: an explicit and an implicit step, and the loop around them."""
