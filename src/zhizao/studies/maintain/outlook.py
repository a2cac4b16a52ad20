"""The forecast of failures: by the age of the part, by covariates of the machine, and by drift in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zhizao.studies.maintain.components import Forecast
from zhizao.studies.maintain.drift import Drift, drift_of
from zhizao.studies.maintain.facts import Floats, Ints
from zhizao.studies.maintain.forecast import ProductLimit, counts, replacements_of
from zhizao.studies.maintain.hazards import baseline, chosen, coefficients
from zhizao.studies.maintain.spells import EventDates, Spells, ages_at, spells_of

FUTURES = 10
"""Futures of each bootstrap sample, of which a forecast is made."""
RESAMPLES = 200
"""Bootstrap samples of machines."""


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """Machines by number, and covariates by machine: the column of each, and values of unit variance."""

    numbers: dict[str, int]
    columns: tuple[str, ...]
    values: Floats

    @property
    def groups(self) -> Ints:
        """Number of the column that each covariate is of."""
        names = list(dict.fromkeys(self.columns))
        return np.array([names.index(one) for one in self.columns], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A component at the time of the forecast: spells so far, ages now (nan: not known), covariates used."""

    name: str
    spells: Spells
    ages: Floats
    used: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Forecasts of the time after `now` (days), from what was known then."""

    dates: EventDates
    fleet: Machines
    span: tuple[float, float]
    now: float
    level: float
    seed: int

    def forecasts(self, names: list[str], least: int) -> tuple[dict[str, Forecast], Drift]:
        """Forecasts of the components with enough failures until now, and the drift that they allow for."""
        known = self.known(names, least)
        drift = self.drift(known)
        return {one.name: self.forecast(one, drift) for one in known}, drift

    def known(self, names: list[str], least: int) -> list[Known]:
        """Components with enough failures until now."""
        before = EventDates(
            {key: [day for day in of if day <= self.now] for key, of in self.dates.failures.items()},
            {key: [day for day in of if day <= self.now] for key, of in self.dates.renewals.items()},
        )
        found = []
        for name in names:
            spells = spells_of(before, name, self.fleet.numbers, (self.span[0], self.now))
            if spells.failed.sum() >= least:
                used = chosen(spells, self.fleet.values, self.fleet.groups, self.seed)
                ages = ages_at(before, name, self.fleet.numbers, self.now)
                found.append(Known(name, spells, ages, used))
        return found

    def drift(self, components: list[Known]) -> Drift:
        """Drift between windows as long as the forecast; at least two, if need be shorter ones."""
        windows = max(2, int((self.now - self.span[0]) / (self.span[1] - self.now)))
        edges = np.linspace(self.span[0], self.now, windows + 1)
        found = []
        for one in components:
            risks = _risks(one.spells, self.fleet.values[:, one.used])
            life = baseline(one.spells, risks[one.spells.machine])
            inside = [
                spells_of(self.dates, one.name, self.fleet.numbers, (low, high))
                for low, high in pairwise(edges.tolist())
            ]
            expected = np.array([life.expected(each, risks[each.machine]) for each in inside])
            found.append((expected, np.array([each.failed.sum() for each in inside])))
        return drift_of(found, windows)

    def forecast(self, one: Known, drift: Drift) -> Forecast:
        """Failures of a component after now, and what happened."""
        aged = np.isfinite(one.ages)
        random = np.random.default_rng(self.seed + 1)
        days, values = self.span[1] - self.now, self.fleet.values[:, one.used]
        futures = np.broadcast_to(one.ages[aged], (FUTURES, int(aged.sum())))
        found = []
        for fails, replaced, risks, turns in self._lives(one, values):
            share = risks[aged] * drift.factors(FUTURES, random)
            found.append(counts(fails, replaced, futures, days, random, factors=(share, turns[aged])))
        tail = 50 * (1 - self.level)
        low, high = np.percentile(np.concatenate(found), [tail, 100 - tail], method="inverted_cdf")
        actual = sum(
            day > self.now
            for machine, number in self.fleet.numbers.items()
            if aged[number]
            for day in self.dates.failures.get((machine, one.name), ())
        )
        exposure = float((one.spells.exit - one.spells.entry).sum())
        by_rate = float(one.spells.failed.sum()) / exposure * days * int(aged.sum())
        columns = tuple(dict.fromkeys(self.fleet.columns[i] for i in one.used))
        mean = float(np.concatenate(found).mean())
        return Forecast(mean, float(low), float(high), actual, by_rate, columns)

    def _lives(
        self, one: Known, values: Floats
    ) -> Iterator[tuple[ProductLimit, ProductLimit, Floats, Floats]]:
        """Lives, replacements, and factors of both by machine, over bootstrap samples of machines."""
        random, count = np.random.default_rng(self.seed), len(self.fleet.numbers)
        for _ in range(RESAMPLES):
            sample = one.spells.of_machines(random.integers(0, count, size=count), count)
            if sample.failed.sum() > 1:
                risks = _risks(sample, values)
                fails = baseline(sample, risks[sample.machine])
                if not len(one.used):
                    yield fails, replacements_of(sample), risks, risks
                    continue
                ends = sample.as_replacements()
                turns = _risks(ends, values) if ends.failed.sum() > 1 else np.ones(count)
                found = baseline(ends, turns[ends.machine])
                yield fails, ProductLimit(found.ages, found.left, 0.0), risks, turns


def _risks(spells: Spells, values: Floats) -> Floats:
    """Risk of failure by machine, about 1 for the mean machine."""
    if not values.shape[1]:
        return np.ones(len(values))
    return np.asarray(np.exp(np.clip(values @ coefficients(spells, values[spells.machine]), -30, 30)))
