"""The log as visits of lots, on a clock of its own."""
