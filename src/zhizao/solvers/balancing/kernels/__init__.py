"""The inner loops of line balancing: pure jitted functions on arrays."""
