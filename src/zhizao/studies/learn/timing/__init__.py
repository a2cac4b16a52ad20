"""Processing times, delays and times between orders."""
