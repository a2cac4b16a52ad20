"""Scores of predicted against true changes: sign, relative error, coverage of intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.rows import Row, number

MATTERS = 0.05  # a true change up to this is little: its sign and relative error are not scored


@dataclass(frozen=True)
class Answer:
    """Relative change of one KPI by one change: true, and as the learned plant predicts it.

    `predicted` is None where the learned plant cannot say. Intervals are of 95 %: `noise` from random numbers
    alone, `whole` with parameter uncertainty; None where there is none.
    """

    true: float
    predicted: float | None = None
    noise: tuple[float, float] | None = None
    whole: tuple[float, float] | None = None


@dataclass(frozen=True)
class Score:
    """Scores over many answers; None where no answer could be scored.

    `error` is the median of |predicted - true| / |true| over answers whose true change matters, `sign` the
    share of these with the right sign, `unsaid` the share of all without a prediction.
    """

    answers: int
    large: int
    unsaid: float | None
    sign: float | None
    error: float | None
    error_of_all: float | None
    covered_by_noise: float | None
    covered: float | None


def score(answers: Sequence[Answer]) -> Score:
    """Scores of these answers."""
    said = [(one.true, one.predicted) for one in answers if one.predicted is not None]
    large = [(true, predicted) for true, predicted in said if abs(true) > MATTERS]
    return Score(
        answers=len(answers),
        large=len(large),
        unsaid=1 - len(said) / len(answers) if answers else None,
        sign=_mean(true * predicted > 0 for true, predicted in large),
        error=_median(abs(predicted - true) / abs(true) for true, predicted in large),
        error_of_all=_median(abs(predicted - true) for true, predicted in said),
        covered_by_noise=_covered((one.true, one.noise) for one in answers),
        covered=_covered((one.true, one.whole) for one in answers),
    )


def _covered(pairs: Iterable[tuple[float, tuple[float, float] | None]]) -> float | None:
    return _mean(around[0] <= true <= around[1] for true, around in pairs if around is not None)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None


# ---------------------------------------------------------------- rows
def answer_of(row: Row) -> Answer | None:
    """The answer in a row of results; None where not even the true change is known."""
    true = number(row["true"])
    if true is None:
        return None
    return Answer(
        true,
        number(row["predicted"]),
        _interval(row["noise_low"], row["noise_high"]),
        _interval(row["low"], row["high"]),
    )


def _interval(low: str, high: str) -> tuple[float, float] | None:
    return (float(low), float(high)) if low and high else None


def verdict(true: float, predicted: float, close: float = 0.3) -> str:
    """How a prediction missed, in two words; `close` is the relative error up to which it is true."""
    if abs(true) <= MATTERS:
        return "true: little" if abs(predicted - true) <= MATTERS else "false alarm"
    if abs(predicted - true) <= close * abs(true):
        return "true"
    if abs(predicted) <= MATTERS and (predicted * true <= 0 or abs(predicted) <= abs(true) / 5):
        return "missed"
    if predicted * true <= 0:
        return "wrong sign"
    return "too little" if abs(predicted) < abs(true) else "too much"
