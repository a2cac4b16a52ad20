"""Temporal and spatial load shifting: when and where jobs with deadlines run, by carbon or price."""
