"""The inner loops of facility layout: pure jitted functions on arrays."""
