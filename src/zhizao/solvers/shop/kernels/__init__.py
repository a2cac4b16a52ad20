"""The inner loops of the search: pure jitted functions on arrays (house rules 6 and 9 hold for them)."""
