"""What first starts tell of arrivals: all where lots start as they come, little behind a queue.

Behind a queue the times between starts are those of the work center. What they leave of the spread of
arrivals is given by the approximation of departures of Whitt ("The queueing network analyzer", Bell System
Technical Journal 62, 1983): with the squared coefficients of variation of arrivals a, work s and departures
d, m units and load r, d = 1 + (1 - r^2) (a - 1) + r^2 (s - 1) / sqrt(m).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.fitting.between import to_the_minute
from zhizao.studies.learn.log.jobs import Floats
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.release import on_a_free_unit, spans_of_lots

MOSTLY = 0.8  # share of lots that start on a unit that had been free, from which first starts are arrivals
POISSON = (0.6, 1.5)  # squared coefficient of variation that is taken for that of exponential times
SPREAD = (0.01, 4.0)  # squared coefficients of variation that are believed


@dataclass(frozen=True, slots=True)
class Entry:
    """Where most lots start: the share that starts on a free unit, the load (0 to 1), the units, the squared
    coefficient of variation of the work there, and whether it is done in batches."""

    free: float
    load: float
    units: int
    work: float
    batched: bool

    def between(self, gaps: Floats) -> Distribution | None:
        """Time between orders behind the queue, None where first starts are arrivals."""
        mean_s = float(gaps.mean()) if len(gaps) else 0.0
        if self.free >= MOSTLY or mean_s <= 0:
            return None
        started = float(gaps.var()) / mean_s**2
        squared = min(self.load, 1.0) ** 2
        # not divided by 1 - r^2: what a queue hides is taken to be that of chance (exponential)
        spread = 1.0 if self.batched else started - squared * (self.work - 1) / math.sqrt(self.units)
        spread = min(max(spread, SPREAD[0]), SPREAD[1])
        mean_s = to_the_minute(mean_s)
        if POISSON[0] <= spread <= POISSON[1]:
            return Distribution.exponential(mean_s)
        return Distribution.gamma(mean_s, cv=round(math.sqrt(spread), 2))


def learn_entry(
    history: History, units: dict[str, int], openings: dict[str, Opening], batched: set[str]
) -> Entry:
    """The work center at which most lots start."""
    first = spans_of_lots(history.table)
    name = str(first["work_center"].mode().sort()[0])
    own = history.table.filter(work_center=name)
    spent = (own["setup_s"] + own["work_s"]).to_numpy()
    opening = openings[name]
    log = opening.open_until(np.array([history.start_s, history.end_s]))
    count = max(units.get(name, 1), 1)
    lots = first.filter(work_center=name)
    return Entry(
        free=float(on_a_free_unit(history.table, lots, units).mean()),
        load=float(spent.sum()) / max(float(log[1] - log[0]) * count, 1.0),
        units=count,
        work=float(spent.var()) / max(float(spent.mean()), 1e-9) ** 2,
        batched=name in batched,
    )
