"""Set-ups: what must change for one, how long it takes, and those that a log of work alone hides."""

from zhizao.studies.learn.resources.setups.rule import SetupRule, learn_setups

__all__ = ["SetupRule", "learn_setups"]
