"""Ways of products through the plant."""
