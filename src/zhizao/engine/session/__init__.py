"""A run of the twin in steps: advance, look, save its state, go on from it."""

from zhizao.engine.session.session import Session

__all__ = ["Session"]
