"""The plant file: reader, writer, tables beside it, JSON Schema."""
