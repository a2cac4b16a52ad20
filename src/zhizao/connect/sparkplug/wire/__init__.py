"""What goes over the wire: topics, payloads, values, keys, states and commands."""
