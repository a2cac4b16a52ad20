"""Random times of a fab model: a kind, one to three numbers and a unit become a distribution.

`uniform` has its mean and half its width (Kopp et al. 2020: transport of 7.5 and 2.5 min is 5 to 10 min; so
read by github.com/code-gihan/academic-semiconductor-fab, which was compared with AutoSched itself).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhizao.connect.smt2020.tables import Row, exact, fault, number, seconds_of
from zhizao.quantities import Distribution, DistributionError, DistributionKind, mean, nearest_name

_SHIFTING = (DistributionKind.CONSTANT, DistributionKind.UNIFORM, DistributionKind.TRIANGULAR)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that make a random time: kind, first number (two more end in 2 and 3), unit."""

    kind: str
    value: str
    units: str


def random_time(row: Row, columns: Columns, *, factor: float = 1.0, width: float = 1.0) -> Distribution:
    """Read a random time in s.

    Parameters
    ----------
    factor
        The time is so many times that of the table (a lot of 25 pieces: 25).
    width
        Share of the width of a uniform time that is meant (1, or 0.5 where 2.5 is all of it).
    """
    kind = row.cells.get(columns.kind, "constant").lower()
    scale = factor * seconds_of(row, columns.units)
    a = exact(number(row, columns.value) * scale)
    second = exact(
        number(row, f"{columns.value}2", default=0.0) * scale * (width if kind == "uniform" else 1.0)
    )
    third = row.cells.get(f"{columns.value}3")
    make = _KINDS.get(kind)
    if make is None:
        fault(row, columns.kind, f"found {kind!r}", f"write {', '.join(_KINDS)}", nearest_name(kind, _KINDS))
        return Distribution.constant(a)
    try:
        if kind == "triangular" and third is not None:
            return Distribution.triangular(a, second, exact(number(row, f"{columns.value}3") * scale))
        return make(a, second)
    except DistributionError as error:
        fault(row, columns.value, error.found, error.right)
        return Distribution.constant(a)


def _uniform(middle: float, half: float) -> Distribution:
    return (
        Distribution.uniform(exact(middle - half), exact(middle + half))
        if half
        else Distribution.constant(middle)
    )


def _triangular(mode: float, half: float) -> Distribution:
    return (
        Distribution.triangular(exact(mode - half), mode, exact(mode + half))
        if half
        else Distribution.constant(mode)
    )


def _normal(middle: float, sd: float) -> Distribution:
    return Distribution.normal(middle, sd=sd) if sd else Distribution.constant(middle)


def _gamma(middle: float, sd: float) -> Distribution:
    return Distribution.gamma(middle, cv=sd / middle) if sd and middle else Distribution.constant(middle)


def _lognormal(middle: float, sd: float) -> Distribution:
    return Distribution.lognormal(middle, cv=sd / middle) if sd and middle else Distribution.constant(middle)


def _exponential(middle: float, _: float) -> Distribution:
    return Distribution.exponential(middle)


def _constant(value: float, _: float) -> Distribution:
    return Distribution.constant(value)


_KINDS: dict[str, Callable[[float, float], Distribution]] = {
    "constant": _constant,
    "uniform": _uniform,
    "exponential": _exponential,
    "normal": _normal,
    "triangular": _triangular,
    "gamma": _gamma,
    "lognormal": _lognormal,
}


def above_zero(row: Row, column: str, d: Distribution) -> Distribution:
    """Refuse a time between events that is always 0."""
    if mean(d) > 0:
        return d
    fault(row, column, "found 0", "a time above 0")
    return Distribution.constant(1.0)


def shifted(d: Distribution, by: float) -> Distribution | None:
    """Give the distribution of a time that is `by` s longer; None where the kind or its bounds forbid it."""
    if d.kind not in _SHIFTING or d.parameters[0] + by < 0:
        return None
    return Distribution(d.kind, tuple(exact(parameter + by) for parameter in d.parameters))
