"""Fleets of vehicles on one floor: planning step by step, without collisions."""
