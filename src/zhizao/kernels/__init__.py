"""Typed tables and pure jitted functions: the twin's inner loop. Knows numpy and numba, nothing else."""
