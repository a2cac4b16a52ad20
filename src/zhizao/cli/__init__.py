"""The command line: one command per study; it prints what the study found and computes nothing."""

from zhizao.cli.app import app, main

__all__ = ["app", "main"]
