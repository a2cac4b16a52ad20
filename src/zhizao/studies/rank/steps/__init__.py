"""The steps of an index as pure formulas on arrays; a missing value is nan and never becomes 0."""
