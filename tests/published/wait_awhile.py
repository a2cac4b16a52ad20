"""Scenario II of Wiesner et al. (2021): 3,387 training jobs of 2020 that may wait for the next workday.

Set up from the paper and from what its published runs do (github.com/dos-group/lets-wait-awhile). In these
runs a window holds one slot more than the deadline leaves, and the baseline too may choose between two slots;
both are options here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import numpy as np

from tests.published.cluster_traces import rows
from zhizao.solvers.shifting.problem import Doubles, Jobs, Task, jobs_table

START, SLOT = datetime(2020, 1, 1), timedelta(minutes=30)
JOBS, DAYS = 3_387, 366
COUNTRIES = {"DE": "ger", "FR": "fr", "GB": "gb"}
PUBLISHED = {
    ("DE", False): 5.91, ("DE", True): 7.93, ("GB", False): 6.56, ("GB", True): 9.03, ("FR", False): 4.77,
    ("FR", True): 5.92,
}  # fmt: skip
"""Avoided emissions in per cent, by country and whether jobs may be interrupted; forecast error 5 %."""
ERROR, SEEDS = 0.05, range(10)


@cache
def intensity(country: str) -> Doubles:
    """Carbon intensity from the first of January 2020 on, g/kWh by half hours, [1, slots]."""
    found = []
    for row in rows(f"price_carbon/letswaitawhile_{COUNTRIES[country]}_ci_2020.csv"):
        time = datetime.fromisoformat(row["Time"])
        if time >= START and time.minute % 30 == 0:
            found.append(float(row["Carbon Intensity"]))
    return np.array([found])


@cache
def work() -> tuple[tuple[int, int], ...]:
    """First slot and slots of work of each job: workdays, 9:00 to 16:30; 4 h to 89.5 h."""
    generator = np.random.default_rng(0)
    workdays = [day for day in range(DAYS) if (START + timedelta(days=day)).weekday() < 5]
    each = dict(zip(workdays, generator.multinomial(JOBS, [1 / len(workdays)] * len(workdays)), strict=True))
    first: list[int] = []
    for day in range(DAYS):
        slots = generator.choice(np.arange(18, 34), size=each.get(day, 0))
        first += [48 * day + int(slot) for slot in np.sort(slots)]
    return tuple(zip(first, generator.choice(np.arange(8, 180), size=JOBS).tolist(), strict=True))


def next_workday(first: int, need: int) -> int:
    """Slots that a job may wait: one that would end in off-hours may end at 9:00 of the next workday."""
    end = START + (first + need) * SLOT
    morning = end.replace(hour=9, minute=0)
    if end.weekday() == 5:
        morning += timedelta(days=2)
    elif end.weekday() == 6 or (end.hour, end.minute) > (17, 0):
        morning += timedelta(days=1)
    elif end.hour >= 9:
        return 0
    return (morning - end) // SLOT


def jobs(slots: int, *, interruptible: bool, wait: bool = True, extra: int = 1) -> Jobs:
    """The jobs; `extra` slots are left beyond the deadline, as in the published runs (1)."""
    found: Sequence[Task] = [
        Task(
            need,
            first,
            min(slots, first + need + extra + (next_workday(first, need) if wait else 0)),
            interruptible=interruptible,
        )
        for first, need in work()
    ]
    return jobs_table(found, 1)
