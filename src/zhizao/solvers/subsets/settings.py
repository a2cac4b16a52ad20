"""Effort that the caller bounds, and the settings of the search."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhizao.quantities import InputError


@dataclass(frozen=True)
class Settings:
    """What tunes the search; chosen on benchmarks/subsets_synthetic.py, not on tables of real plants."""

    design_per_measure: int = 2
    """Random subsets of the initial design for each measure, beside none, singles, all and all less one."""
    samples: int = 256
    """Joint posterior samples per round; bounds the standard error of a stated 0.95 by 0.014."""
    samples_wide: int = 64
    """The same for more than 13 measures, where a sample costs ten times more."""
    fit_iterations: int = 25
    """Steps of the optimiser of the hyperparameters at one fit; it starts from the last fit."""
    refit_at: float = 1.25
    """The hyperparameters are fitted again when the observations have grown by this factor."""
    observations_fitted: int = 400
    """Of more, the hyperparameters see the last ones and the initial design only; bounds the n^3 of a fit."""
    replications_per_round: int = 4
    """Replications of one subset in one round at most, so that few contenders are judged again early."""
    explored: float = 0.15
    """Share of a round for neighbours of the chosen subset and random ones, whatever the model says."""
    inflation: float = 1.5
    """Factor on posterior deviations from the mean: the hyperparameters are estimates, and the kinks of a
    bottleneck that moves are less smooth than the prior. With 1.0, no bound on the stated probability and
    2 confirmations, 97.5 % of 40 runs were good where 99.7 % was stated (family flow)."""
    trust: float = 0.985
    """Bounds the stated probability: the model itself may be wrong.
    Assumed, not measured."""
    confirmations: int = 3
    """Rounds in a row that must reach the probability asked for, each with fresh replications."""


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
    sure: float = 0.97
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name, least in (("replications_at_most", 1), ("first", 1), ("step", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}; expected at least {least}")
        if not 0 <= self.relevance < 1:
            raise InputError(f"relevance is {self.relevance}; expected a share from 0 to below 1")
        if not 0 < self.sure <= 1:
            raise InputError(f"sure is {self.sure}; expected a probability above 0, at most 1")
