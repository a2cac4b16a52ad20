"""Benchmarks of schedules: pure shops against best known values and other solvers."""
