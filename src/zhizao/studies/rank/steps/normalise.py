"""Normalisations: indicators on scales of their own become comparable.

Every function takes values by unit (rows) and indicator (columns) that all point the same way, higher being
better; a minus sign has turned the others. Formulas: Becker, Caperna, Del Sorbo and Saisana,
"COINr: An R package for developing composite indicators", JOSS 7 (2022); OECD/JRC Handbook (2008), table 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zhizao.studies.rank.spec import Normalisation
from zhizao.studies.rank.steps.arrays import Floats, best, lowest, place

CENTRE, SPREAD = 10.0, 2.0
"""Mean and standard deviation of a z-score."""


@dataclass(frozen=True, slots=True, eq=False)
class Posts:
    """What a normalisation needs beside the values, by indicator; nan where the file gives none.

    `low`, `high`: goalposts; `target`; `reference`: the row of the reference unit, -1 for none;
    `sign`: -1 for an indicator of which less is better; `log`: normalised on a logarithmic scale;
    `scale`: lower and upper end of the result.
    """

    low: Floats
    high: Floats
    target: Floats
    reference: int
    sign: Floats
    log: np.ndarray[tuple[int], np.dtype[np.bool_]]
    scale: tuple[float, float] = (0.0, 100.0)


def normalised(values: Floats, how: Normalisation, posts: Posts) -> Floats:
    """Give values on a common scale, higher being better; an indicator without spread gives nan."""
    x = np.where(posts.log, _log(values), values) * posts.sign
    with np.errstate(invalid="ignore", divide="ignore"):
        return FORMULAS[how](x, posts)


def _log(values: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log(np.where(values > 0, values, 1.0)), np.nan)


def _min_max(x: Floats, posts: Posts) -> Floats:
    return _between(x, lowest(x), best(x), posts.scale)


def _between(x: Floats, low: Floats, high: Floats, scale: tuple[float, float]) -> Floats:
    width = np.where(high > low, high - low, np.nan)
    return (x - low) / width * (scale[1] - scale[0]) + scale[0]


def _goalposts(x: Floats, posts: Posts) -> Floats:
    """Linear between the goalposts, and no further (UNDP, technical note 1)."""
    low, high = turned_posts(posts)
    return np.clip(_between(x, low, high, posts.scale), *posts.scale)


def turned_posts(posts: Posts) -> tuple[Floats, Floats]:
    """Goalposts on the scale and with the direction of turned values: the worse first."""
    ends = [np.where(posts.log, _log(end), end) * posts.sign for end in (posts.low, posts.high)]
    return np.minimum(*ends), np.maximum(*ends)


def _z_score(x: Floats, _posts: Posts) -> Floats:
    deviation = np.nanstd(x, axis=-2, ddof=1, keepdims=True)
    spread = np.where(deviation > 0, deviation, np.nan)
    return np.asarray((x - np.nanmean(x, axis=-2, keepdims=True)) / spread * SPREAD + CENTRE)


def _scaled(x: Floats, posts: Posts) -> Floats:
    """Position between fixed ends, 0 to 100 unless goalposts are given; values beyond are kept."""
    return _between(x, _or(posts.low, 0.0), _or(posts.high, 100.0), posts.scale)


def _or(given: Floats, default: float) -> Floats:
    return np.where(np.isnan(given), default, given)


def _rank(x: Floats, _posts: Posts) -> Floats:
    return place(x)


def _borda(x: Floats, _posts: Posts) -> Floats:
    return place(x) - 1


def _percentile_rank(x: Floats, _posts: Posts) -> Floats:
    """Share of the other units that are worse."""
    return np.asarray((place(x) - 1) / (np.sum(~np.isnan(x), axis=-2, keepdims=True) - 1))


def _distance_to_max(x: Floats, _posts: Posts) -> Floats:
    return 1 - (best(x) - x) / _spread(x)


def _spread(x: Floats) -> Floats:
    width = best(x) - lowest(x)
    return np.where(width > 0, width, np.nan)


def _distance_to_reference(x: Floats, posts: Posts) -> Floats:
    """Distance to a reference unit; what is beyond it stays beyond 1."""
    reference = x[..., [posts.reference], :]
    return _to(x, reference)


def _to(x: Floats, goal: Floats) -> Floats:
    width = goal - lowest(x)
    return 1 - (goal - x) / np.where(width > 0, width, np.nan)


def _distance_to_target(x: Floats, posts: Posts) -> Floats:
    """Distance to the target of each indicator, at most 1."""
    return np.minimum(_to(x, posts.target * posts.sign), 1.0)


def _fraction_of_max(x: Floats, posts: Posts) -> Floats:
    """Share of the largest value; of an indicator of which less is better, the least value over each."""
    top = best(x)
    share = x / np.where(top != 0, top, np.nan)
    return np.where(posts.sign < 0, 1 / share, share)


FORMULAS: dict[Normalisation, Callable[[Floats, Posts], Floats]] = {
    Normalisation.MIN_MAX: _min_max,
    Normalisation.GOALPOSTS: _goalposts,
    Normalisation.Z_SCORE: _z_score,
    Normalisation.SCALED: _scaled,
    Normalisation.RANK: _rank,
    Normalisation.BORDA: _borda,
    Normalisation.PERCENTILE_RANK: _percentile_rank,
    Normalisation.DISTANCE_TO_MAX: _distance_to_max,
    Normalisation.DISTANCE_TO_REFERENCE: _distance_to_reference,
    Normalisation.DISTANCE_TO_TARGET: _distance_to_target,
    Normalisation.FRACTION_OF_MAX: _fraction_of_max,
}
