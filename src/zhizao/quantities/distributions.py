"""Distributions of times, counts and shares, in base units (s, pieces, shares)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class DistributionKind(Enum):
    """Families; the comment gives the native parameters that `Distribution.parameters` holds."""

    CONSTANT = "constant"  # value
    UNIFORM = "uniform"  # low, high
    TRIANGULAR = "triangular"  # low, mode, high
    EXPONENTIAL = "exponential"  # mean
    GAMMA = "gamma"  # shape, scale
    ERLANG = "erlang"  # k (whole), scale
    WEIBULL = "weibull"  # shape, scale
    LOGNORMAL = "lognormal"  # mu, sigma of the logarithm
    NORMAL = "normal"  # mean, standard deviation; truncated at 0
    BETA = "beta"  # alpha, beta, low, high
    DISCRETE = "discrete"  # no parameters; `values` with `weights`
    EMPIRICAL = "empirical"  # no parameters; `values`, sorted: linear between order statistics


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution in base units; an impossible one cannot be constructed."""

    kind: DistributionKind
    parameters: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()
