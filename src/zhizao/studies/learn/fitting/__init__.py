"""Distributions and intervals of samples."""
