"""Effort that the caller bounds, and the settings of the search."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhizao.quantities import InputError


@dataclass(frozen=True)
class Settings:
    """What tunes the search. Values marked assumed were not compared with others; none was tuned on the
    tables of real plants (benchmarks/combinations.py)."""

    design_per_measure: int = 2
    """Random subsets of the initial design for each measure, beside none, singles, all and all less one.
    Assumed."""
    samples: int = 1000
    """Joint posterior samples per round; the standard error of a stated 0.95 is below 0.007."""
    contenders: int = 300
    """Subsets whose joint posterior is sampled; the probabilities of the others to win are added up.
    Assumed; more cost time and can only raise the stated probability."""
    strata: int = 50
    """Scales of the posterior (a Student t process as a scale mixture): resolves its tails. Assumed."""
    fit_iterations: int = 25
    """Steps of the optimiser of the hyperparameters at one fit; it starts from the last fit. On six
    synthetic runs 12 were no faster in all: the search drew more."""
    refit_at: float = 1.25
    """The hyperparameters are fitted again when the observations have grown by this factor. Assumed; with
    1.5 the kinks that the neighbours of the choice show would be learned late."""
    growth: float = 0.1
    """Draws of a round as a share of those made, if that is more than a step; bounds the rounds. Assumed."""
    replications_per_round: int = 4
    """Replications of one subset in one round at most, so that few contenders are judged again early; longer
    rounds give proportionally more. Assumed."""
    explored: float = 0.15
    """Share of a round for neighbours of the chosen subset and random ones, whatever the model says.
    Assumed."""
    confirmations: int = 2
    """Rounds in a row that must reach the probability asked for, each with fresh replications. The first of
    them has all subsets within two measures of the choice among the measured: without that, 1 run in 91 of
    the synthetic families chose a subset 1.8 % off the best while it stated 0.998."""


@dataclass(frozen=True)
class Effort:
    """How many replications may be drawn, and when two subsets count as equal.

    Parameters
    ----------
    replications_at_most
        Draws of one subset in one replication, all together.
    first
        Replications of each subset of the initial design.
    step
        Draws of one round after it; a round is one call of `sample`, so make it a multiple of the threads.
    relevance
        Share of the best value within which two subsets count as equal.
    sure
        The search ends when the stated probability of good selection reaches this in several rounds running.
    settings
        What tunes the search.
    """

    replications_at_most: int
    first: int = 2
    step: int = 16
    relevance: float = 0.01
    sure: float = 0.95
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name, least in (("replications_at_most", 1), ("first", 1), ("step", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}; expected at least {least}")
        if not 0 <= self.relevance < 1:
            raise InputError(f"relevance is {self.relevance}; expected a share from 0 to below 1")
        if not 0 < self.sure <= 1:
            raise InputError(f"sure is {self.sure}; expected a probability above 0, at most 1")
