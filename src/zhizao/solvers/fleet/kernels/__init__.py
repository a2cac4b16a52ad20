"""Compiled parts of fleet planning."""
