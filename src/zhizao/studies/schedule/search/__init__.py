"""The search over the decisions of a plan, with the twin as decoder."""
