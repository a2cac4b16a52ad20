"""The shop that is in a plant, for the searches of pure shops."""
