"""Search methods for shops, one module each: `fits` says which shops it understands, `search` runs it."""
