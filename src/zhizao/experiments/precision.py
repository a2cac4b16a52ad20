"""How many replications: go on until a mean is known well enough, absolutely or relative to itself.

Sources: Chow and Robbins 1965, Ann. Math. Stat. 36, 457-462; Law, *Simulation Modeling and Analysis* (5th
ed., 2015), section 9.4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt

from numpy.typing import ArrayLike

from zhizao.kpi.analysis import Interval, known, mean_interval, replication_interval, student_t
from zhizao.kpi.formulas import HEADLINE, formula_of
from zhizao.quantities.errors import InputError


@dataclass(frozen=True, slots=True)
class Target:
    """How well some KPIs are to be known: the largest half-width of their 95 % intervals.

    Give `relative` (a share of the mean) or `absolute` (in the unit of the KPI); `of` names KPIs as
    `kpi.formula_of` reads them (default: the headline).
    """

    relative: float | None = None
    absolute: float | None = None
    of: tuple[str, ...] = HEADLINE

    def __post_init__(self) -> None:
        if (self.relative is None) == (self.absolute is None):
            raise InputError("precision: give either a share of the mean or an absolute half-width")
        if self.relative is not None and not 0 < self.relative < 1:
            raise InputError(
                f"precision: found {self.relative:g}; right is a share between 0 and 1, for example 0.05"
            )
        if self.absolute is not None and not 0 < self.absolute < float("inf"):
            raise InputError(f"half-width: found {self.absolute:g}; right is more than 0")
        if not self.of:
            raise InputError("precision: found no KPI; name at least one, for example lead_time")
        object.__setattr__(self, "of", tuple(dict.fromkeys(formula_of(name).id for name in self.of)))

    def half_width(self, mean: float) -> float:
        """The largest half-width that will do around an estimated mean.

        A relative one is measured against the estimate, which is itself uncertain: the true relative error
        stays below g when the estimated one is below g / (1 + g) (Law 2015, section 9.4.1).
        """
        if self.relative is None:
            return float(self.absolute or 0.0)
        return self.relative / (1 + self.relative) * abs(mean)

    def reached(self, interval: Interval) -> bool:
        """Whether the interval is as short as wanted."""
        return bool(interval.half_width <= self.half_width(interval.mean))

    def replications(self, values: ArrayLike, *, confidence: float = 0.95) -> int:
        """Forecast the replications that it takes, from pilot ones (Law 2015, section 9.4.1)."""
        pilot = mean_interval(values, confidence=confidence)
        if pilot.n < 2 or not isfinite(pilot.half_width):
            raise ValueError(f"a forecast takes at least 2 pilot replications, found {pilot.n}")
        if self.reached(pilot):
            return pilot.n
        target = self.half_width(pilot.mean)
        if target == 0:
            raise ValueError("no number of replications gives a relative half-width around a mean of 0")
        sd = float(known(values).std(ddof=1))
        n = max(pilot.n, ceil((student_t(10**9, confidence) * sd / target) ** 2))
        while student_t(n - 1, confidence) * sd / sqrt(n) > target:
            n += 1
        return n

    def more(self, rows: Sequence[dict[str, float]], at_most: int) -> int:
        """Replications still wanted after those in `rows` (their KPIs), by forecast; 0 when all is known."""
        wanted = len(rows)
        for name in self.of:
            found = known([row[name] for row in rows])
            if len(found) == 1:
                wanted = max(wanted, len(rows) + 2)
            elif len(found) > 1 and self._can_still_gain(replication_interval(found)):
                wanted = max(wanted, self.replications(found), len(rows) + 1)
        return min(wanted, at_most) - len(rows)

    def _can_still_gain(self, interval: Interval) -> bool:
        return not self.reached(interval) and self.half_width(interval.mean) > 0
