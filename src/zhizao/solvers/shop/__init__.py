"""Scheduling: operations of jobs on units, as arrays in, a checked schedule and a bound out."""
