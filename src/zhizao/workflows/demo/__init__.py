"""The whole loop on a hidden garment works, from its log to a proven answer."""
