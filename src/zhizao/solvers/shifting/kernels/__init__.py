"""Compiled parts of load shifting."""
