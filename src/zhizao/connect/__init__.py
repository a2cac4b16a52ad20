"""Foreign formats into records or a plant, one folder each, independent of one another."""
