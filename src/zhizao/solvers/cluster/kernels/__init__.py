"""Compiled parts of the cluster simulator."""
