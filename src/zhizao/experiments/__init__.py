"""Experiments on the twin: scenarios, windows, paired runs, parameter uncertainty, precision, selection."""
