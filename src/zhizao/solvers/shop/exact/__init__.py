"""Proofs: CP-SAT beside the own search (extra `[schedule]`), and enumeration of small shops without it."""
