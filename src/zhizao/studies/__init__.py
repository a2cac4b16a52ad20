"""One folder per question that a factory asks; each is a function of a plant, and knows no other study."""
