"""Multivariate statistical process monitoring: statistics, limits, alarms, contributions."""
